#include "cli/fetch_transfer.h"

#include <charconv>
#include <utility>

#include "report/printable.h"
#include "verdict/misdirected_status.h"

namespace astray {
namespace {

using client::Demand;
using client::ResponseHead;


uint64_t announced_length(const ResponseHead& head) {
  const std::string_view text = head.fields.find("content-length").value_or("");
  uint64_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

}  // namespace

FetchTransfer::FetchTransfer(Loop& loop, const FetchPlaces& places, size_t number)
    : places_(places),
      number_(number),
      stopped_(loop),
      retries_(places.plan.retry),
      told_{.url = places.plan.targets[number].request.url} {
  outcome_.number = number;
  outcome_.url = target().text;
  outcome_.method = target().request.method;
  outcome_.referer = target().referer;
  outcome_.filename = target().output.path;
  if (target().output.kind == FetchOutput::Kind::file) {
    file_.emplace(target().output.path, places.plan.create_folders);
  }
}

client::Request FetchTransfer::begin_attempt(const client::Body& body) {
  outcome_.head.reset();
  body_goes_ = BodyGoes::to_output;
  request_told_ = false;
  if (file_) file_->start_again();
  client::Request request = target().request;
  told_.method = request.method;
  told_.url = request.url;
  told_.fields = request.fields;
  if (!target().upload.empty()) request.body = body;
  return request;
}

void FetchTransfer::tell_request(const ResponseHead* answer) {
  if (!std::exchange(request_told_, true)) places_.story.tell_request(number_, told_, answer);
}

void FetchTransfer::on_interim(const ResponseHead& head) {
  tell_request(&head);
  places_.story.tell_head(number_, head);
  show_head(head_text(head));
}

void FetchTransfer::on_passed_over(const ResponseHead& head) {
  tell_request(&head);
  places_.story.tell_head(number_, head);
  if (head.status == misdirected_status) {
    places_.story.tell(number_, "the same request goes to a fresh connection");
  } else {
    show_head(head_text(head));
    const std::string location = printable(head.fields.find("location").value_or(""));
    places_.story.tell(number_, "following the redirect to " + location);
  }
}

void FetchTransfer::on_head(const ResponseHead& head, client::BodyFlow& flow) {
  outcome_.head = head;
  places_.turns.set_flow(number_, &flow);
  tell_request(&head);
  places_.story.tell_head(number_, head);
  const FailOn fail_on = places_.plan.fail_on;
  // The body of an answer that is asked for again is nobody's; nor is that of a failure (-f).
  const bool again = retries_.would_retry(head.status, fail_on);
  if (!again) show_head(head_text(head));
  if (again || (head.status >= 400 && fail_on == FailOn::bad_status)) body_goes_ = BodyGoes::nowhere;
  if (file_ && body_goes_ == BodyGoes::to_output) places_.progress.expect(announced_length(head));
}

Demand FetchTransfer::on_body(std::string_view bytes) {
  if (body_goes_ == BodyGoes::nowhere) return Demand::more;
  if (file_) places_.progress.received(bytes.size());
  return write(bytes);
}

void FetchTransfer::on_trailers(const client::FieldList& fields) {
  places_.story.tell_trailers(number_, fields);
  if (places_.heads == nullptr) return;
  const Result<void> written = places_.heads->write(fields_text(fields));
  if (!written) fail_to_write(written.error().message);
}

void FetchTransfer::show_head(std::string_view text) {
  if (places_.heads != nullptr) {
    const Result<void> written = places_.heads->write(text);
    if (!written) fail_to_write(written.error().message);
  } else if (places_.plan.head_file == "-") {
    places_.turns.write(number_, text);
  }
  if (places_.plan.show_heads == ShowHeads::yes) write(text);
}

Demand FetchTransfer::write(std::string_view bytes) {
  if (file_) {
    const Result<void> written = file_->write(bytes);
    if (written) return Demand::more;
    fail_to_write(written.error().message);
    return Demand::pause;
  }
  const Demand demand = places_.turns.write(number_, bytes);
  if (wanted()) return demand;
  stopped_.open();
  return Demand::pause;
}

void FetchTransfer::fail_to_write(std::string problem) {
  if (outcome_.write_problem.empty()) outcome_.write_problem = std::move(problem);
  stopped_.open();
}

bool FetchTransfer::wanted() {
  unread_ = unread_ || (!file_ && !places_.turns.wanted());
  return !unread_;
}

void FetchTransfer::interrupt() {
  outcome_.interrupted = true;
  stopped_.open();
}

void FetchTransfer::finish(Console& console) {
  finished_ = true;
  const client::FetchReport& report = outcome_.report;
  outcome_.retries = retries_.retries();
  // A transfer that was stopped has no report; what came by then is known all the same.
  if (report.status == 0 && outcome_.head) outcome_.report.status = outcome_.head->status;
  if (!report.url) outcome_.report.url = target().request.url;
  places_.turns.set_flow(number_, nullptr);
  const bool whole = !report.failure && !outcome_.interrupted && body_goes_ == BodyGoes::to_output;
  // An empty answer is an answer: its file is there, and empty.
  if (file_ && whole && outcome_.write_problem.empty()) {
    const Result<void> made = file_->open();
    if (!made) fail_to_write(made.error().message);
  }
  if (report.failure && report.failure->phase >= client::Phase::request) tell_request(nullptr);
  conclude(outcome_, places_.plan.fail_on);
  places_.story.tell_end(number_, outcome_);
  WriteOut::Texts texts;
  if (!unread_) {
    texts = places_.plan.write_out.of(outcome_);
    if (!texts.out.empty()) places_.turns.write(number_, texts.out);
    if (!outcome_.message.empty() && places_.plan.loudness != Loudness::silent) {
      places_.progress.clear();
      // A password in the URL is nobody's business.
      const bool secret = outcome_.url.find('@') != std::string::npos;
      const std::string shown = secret ? target().request.url.text() : outcome_.url;
      console.complain("fetch: " + printable(shown) + ": " + outcome_.message);
    }
  }
  places_.turns.finish(number_, std::move(texts.err));
}

}  // namespace astray
