#include "cli/fetch_story.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "base/ascii.h"
#include "report/layout.h"
#include "report/printable.h"
#include "verdict/reason.h"

namespace astray {

std::string fields_text(const client::FieldList& fields) {
  std::string text;
  for (const auto field : fields) text += fmt::format("{}: {}\r\n", field.name, field.value);
  return text;
}

std::string head_text(const client::ResponseHead& head) {
  const std::string_view version = head.protocol == Protocol::h2 ? "2" : head.is_http_1_0 ? "1.0" : "1.1";
  return fmt::format("HTTP/{} {:03} {}\r\n{}\r\n", version, head.status, head.reason_phrase,
                     fields_text(head.fields));
}

Result<std::unique_ptr<FetchStory>> FetchStory::begin(const FetchPlan& plan, Console& console) {
  std::unique_ptr<FetchStory> story(new FetchStory(plan, console));
  if (plan.trace_file.empty()) return story;
  story->trace_file_ = FileDescriptor(
      ::open(plan.trace_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666));
  if (!story->trace_file_.is_open()) {
    return failure(fmt::format("--trace-file: cannot write to {}: {}", printable(plan.trace_file),
                               std::strerror(errno)));
  }
  story->trace_output_ = std::make_unique<Output>(story->trace_file_.number(), plan.trace_file);
  return story;
}

FetchStory::FetchStory(const FetchPlan& plan, Console& console)
    : console_(console),
      narration_(plan.narration),
      trace_(plan.trace),
      user_agent_(plan.settings.user_agent),
      numbers_(plan.targets.size() > 1 ? Numbers::shown : Numbers::left_out) {}

void FetchStory::on_event(const client::PoolEvent& event) {
  Output& errors = console_.err.output;
  if (trace_ != TraceForm::none) {
    const std::string line = trace_ == TraceForm::json ? to_json(event) : to_text(event);
    Output& output = trace_output_ ? *trace_output_ : errors;
    output.write(line + '\n');
    output.flush();
  }
  // Once is enough where both go to the same place.
  const bool told = trace_ == TraceForm::text && !trace_output_;
  if (narration_ == Narration::none || told) return;
  errors.write(fmt::format("* {}\n", printable(to_text(event))));
  errors.flush();
}

void FetchStory::lines(size_t number, char sign, std::string_view text) {
  const std::string before = numbers_ == Numbers::shown ? fmt::format("#{} ", number + 1) : "";
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find("\r\n"), text.size());
    out += fmt::format("{}{} {}\n", before, sign, printable(text.substr(0, end)));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  console_.err.output.write(out);
  console_.err.output.flush();
}

void FetchStory::tell_request(size_t number, const client::Request& request,
                              const client::ResponseHead* answer) {
  if (narration_ == Narration::none) return;
  const std::string_view version = answer != nullptr && answer->protocol == Protocol::h2 ? "2" : "1.1";
  std::string text = fmt::format("{} {} HTTP/{}\r\nHost: {}\r\n", request.method, request.url.target, version,
                                 request.url.authority.text());
  for (const auto field : request.fields) {
    // Credentials have no place in what people paste into reports.
    const bool secret = ascii_iequals(field.name, "authorization") || ascii_iequals(field.name, "cookie");
    text += fmt::format("{}: {}\r\n", field.name, secret ? "(not shown)" : field.value);
  }
  // What the client adds of its own.
  if (!user_agent_.empty() && !request.fields.find("user-agent")) {
    text += fmt::format("User-Agent: {}\r\n", user_agent_);
  }
  if (!request.fields.find("accept")) text += "Accept: */*\r\n";
  lines(number, '>', text + "\r\n");
}

void FetchStory::tell_head(size_t number, const client::ResponseHead& head) {
  if (narration_ == Narration::verbose) lines(number, '<', head_text(head));
}

void FetchStory::tell_trailers(size_t number, const client::FieldList& fields) {
  if (narration_ == Narration::verbose) lines(number, '<', fields_text(fields));
}

void FetchStory::tell(size_t number, std::string_view sentence) {
  if (narration_ == Narration::verbose) lines(number, '*', sentence);
}

void FetchStory::tell_end(size_t number, const FetchOutcome& outcome) {
  if (narration_ == Narration::none) return;
  const client::FetchReport& report = outcome.report;
  const client::CarriedOn& on = report.carried_on;
  if (on.connection != 0) {
    std::string text = fmt::format("connection {} to {}, {}", on.connection, on.peer ? on.peer->text() : "?",
                                   to_string(report.protocol));
    if (!on.tls_version.empty()) {
      text += fmt::format(", {} {}{}, SNI {}", on.tls_version, on.cipher, on.resumed ? " (resumed)" : "",
                          on.server_name.empty() ? "(none)" : on.server_name);
    }
    lines(number, '*', text + fmt::format(": {}, opened for {}", to_string(on.carriage), on.opened_for));
  }
  if (report.misdirected) {
    lines(
        number, '*',
        fmt::format("{} of 421, the first on connection {}: {}", count(report.misdirected->answers, "answer"),
                    report.misdirected->first_connection, info(report.misdirected->verdict.reason).sentence));
  }
  lines(number, '*',
        fmt::format("{} in {:.3f} s", count(report.body_bytes, "byte"),
                    std::chrono::duration<double>(report.timings.total).count()));
}

}  // namespace astray
