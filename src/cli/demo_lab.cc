#include "cli/demo_lab.h"

#include <algorithm>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/instant_text.h"
#include "client/client.h"
#include "io/cares_resolver.h"
#include "io/deadline.h"
#include "io/race.h"
#include "io/signals.h"
#include "io/sleep.h"
#include "proxy/lab/lab.h"
#include "report/layout.h"
#include "report/printable.h"

namespace astray {
namespace {

using client::PoolEvent;
using client::PoolEventKind;
using proxy::Lab;
using proxy::LabShape;

constexpr Duration longest_story = std::chrono::seconds(20);
constexpr Duration longest_farewell = std::chrono::seconds(1);

/// A pool's event that outlives the call.
struct LabEvent {
  PoolEventKind kind{};
  uint64_t connection = 0;
  std::string server_name{}, protocol{}, detail{};
  std::optional<Reason> reason{};
};

/// What a client went through for one request.
class LabNotes final : public client::Telemetry, public client::ResponseConsumer {
 public:
  void on_event(const PoolEvent& event) override {
    events.push_back({event.kind, event.connection, std::string(event.server_name),
                      std::string(event.protocol), std::string(event.detail), event.reason});
  }
  void on_head(const client::ResponseHead&, client::BodyFlow&) override {}
  client::Demand on_body(std::string_view bytes) override {
    body.append(bytes.substr(0, most_body - std::min(most_body, body.size())));
    return client::Demand::more;
  }
  void clear() {
    events.clear();
    body.clear();
  }

  static constexpr size_t most_body = 2000;
  std::vector<LabEvent> events;
  std::string body;
};

/// A client of a lab, and how much of the gateway's list of refusals was told already.
struct LabVisitor {
  LabVisitor(Loop& loop, Network& network, Resolver& resolver, Lab& of)
      : lab(of), client(loop, network, resolver, settings_with(of.client_settings(), notes)) {}
  static client::Settings settings_with(client::Settings settings, LabNotes& notes) {
    settings.telemetry = &notes;
    return settings;
  }
  LabNotes notes;
  Lab& lab;
  client::Client client;
  size_t refusals_told = 0;
};

/// One request of the story.
struct LabStep {
  std::string_view title, story, url;
  /// Shakes hands under this name instead of the URL's; "": under the URL's.
  std::string_view server_name{};
};

constexpr LabStep steps_without_frames[] = {
    {"A visitor of shop.test", "Nothing is open yet.", "https://shop.test/"},
    {"The same visitor, blog.test",
     "Another name, on the same certificate and under the same policy: one connection may carry both, and "
     "the "
     "gateway serves it. Each name still has its own server behind it.",
     "https://blog.test/"},
    {"The same visitor, accounts.test",
     "Also on that certificate, so the client expects the connection to do. But accounts.test asks its "
     "visitors for a certificate, and this connection was made without one.",
     "https://accounts.test/"},
    {"blog.test once more",
     "A client that was refused trusts that connection no more with names other than its own.",
     "https://blog.test/"},
    {"Under a false name: SNI shop.test, Host news.test",
     "On purpose, as in domain fronting: news.test is served here, under a certificate that this connection "
     "never showed. The client was told to keep the false SNI, so its second attempt fails as well.",
     "https://news.test/", "shop.test"},
    {"A name that nobody serves: SNI shop.test, Host wiki.test",
     "The certificate covers it, but no virtual host has it: a stale DNS record, say.", "https://wiki.test/",
     "shop.test"},
};

constexpr LabStep steps_with_frames[] = {
    {"ORIGIN frames: shop.test",
     "The same gateway again, now with origin_frames: it tells each HTTP/2 connection what it is good for "
     "(RFC 8336).",
     "https://shop.test/"},
    {"ORIGIN frames: accounts.test",
     "The client knows now what it could not know before, and does not even try: no 421, no second attempt.",
     "https://accounts.test/"},
};

class LabStory {
 public:
  LabStory(EpollLoop& loop, Network& network, Resolver& resolver, Console& console)
      : loop_(loop), network_(network), resolver_(resolver), out_(console.out) {}

  Task<void> tell(std::unique_ptr<Lab> plain, std::unique_ptr<Lab> telling);

 private:
  void introduce(const Lab& lab);
  Task<void> step(LabVisitor& visitor, LabStep step);
  Task<std::vector<proxy::RecentRefusal>> new_refusals(LabVisitor& visitor);
  void tell_events(const LabVisitor& visitor, const std::vector<proxy::RecentRefusal>& refusals,
                   const LabStep& step);
  void tell_answer(const LabVisitor& visitor, const client::FetchReport& report);
  void conclude(const Lab& lab);
  Task<void> say_goodbye(LabVisitor& visitor);

  void heading(std::string_view text) {
    out_.output.write("\n" + out_.palette.paint(Role::strong, text) + "\n\n");
  }
  void say(std::string_view text) { out_.output.write(paragraph(text, out_.columns, 2)); }
  /// "  word          text", wrapped behind the word.
  void line(std::string_view word, std::string_view text, Role role);

  EpollLoop& loop_;
  Network& network_;
  Resolver& resolver_;
  ConsoleStream& out_;
  size_t steps_ = 0;
};

void LabStory::line(std::string_view word, std::string_view text, Role role) {
  constexpr int word_columns = 15;
  constexpr int indent = 4;
  bool is_first = true;
  for (const std::string& part : wrap(text, out_.columns - word_columns - indent)) {
    out_.output.write(
        fmt::format("{:{}}{}{}\n", "", indent,
                    out_.palette.paint(Role::faint, fmt::format("{:{}}", is_first ? word : "", word_columns)),
                    out_.palette.paint(role, part)));
    is_first = false;
  }
}

void LabStory::introduce(const Lab& lab) {
  out_.output.write(out_.palette.paint(Role::strong, "Requests that go astray, live") + "\n\n");
  say(
      fmt::format("A gateway listens on {}, two servers stand behind it: shop on {}, blog on {}. All of them "
                  "live in this process, their certificates were made a moment ago. The client looks every "
                  "name up and finds the gateway.",
                  lab.address().text(), lab.shop().address().text(), lab.blog().address().text()));
}

std::string opened_text(const LabEvent& event) {
  return fmt::format("opened, SNI {}, {}", event.server_name.empty() ? "(none)" : event.server_name,
                     event.protocol);
}

std::string connection_word(const LabEvent& event) {
  return fmt::format("connection {}", event.connection);
}

std::string reason_text(Reason reason) {
  return fmt::format("{}: {}", to_string(reason), info(reason).sentence);
}

void LabStory::tell_events(const LabVisitor& visitor, const std::vector<proxy::RecentRefusal>& refusals,
                           const LabStep& step) {
  // Whoever splits the names asks for a connection of its own; why others do not fit is no news then.
  const bool names_are_split = !step.server_name.empty();
  size_t next_refusal = 0;
  std::optional<Reason> last_refusal;
  for (const LabEvent& event : visitor.notes.events) {
    switch (event.kind) {
      case PoolEventKind::opened:
        line(connection_word(event), opened_text(event), Role::info);
        break;
      case PoolEventKind::reused:
        line(connection_word(event), "was open for this name", Role::info);
        break;
      case PoolEventKind::coalesced:
        line(connection_word(event),
             fmt::format("was opened for {} and carries this, too", event.server_name), Role::info);
        break;
      case PoolEventKind::not_coalesced:
        if (!event.reason || names_are_split) break;
        line(connection_word(event),
             event.reason == last_refusal ? "likewise" : "left alone: " + reason_text(*event.reason),
             Role::plain);
        last_refusal = event.reason;
        break;
      case PoolEventKind::origin_set:
        line("ORIGIN", printable(event.detail), Role::info);
        break;
      case PoolEventKind::misdirected:
        line("answer",
             next_refusal < refusals.size() ? "421 " + reason_text(refusals[next_refusal].reason)
                                            : std::string("421"),
             Role::warning);
        ++next_refusal;
        break;
      case PoolEventKind::retried:
      case PoolEventKind::returned:
        line("client", reason_text(*event.reason), Role::plain);
        break;
      default:
        break;
    }
  }
}

void LabStory::tell_answer(const LabVisitor& visitor, const client::FetchReport& report) {
  if (report.failure) return line("failed", printable(report.failure->sentence), Role::error);
  const Role role = report.status == 200 ? Role::good : Role::warning;
  if (report.status != 421) line("answer", fmt::format("{}", report.status), role);
  std::string_view word = "page";
  for (std::string_view rest = visitor.notes.body; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    if (end > 0) line(std::exchange(word, ""), printable(rest.substr(0, end)), role);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

/// The gateway notes a refusal when it is through with it, which may be a moment after the client read it.
Task<std::vector<proxy::RecentRefusal>> LabStory::new_refusals(LabVisitor& visitor) {
  size_t expected = visitor.refusals_told;
  for (const LabEvent& event : visitor.notes.events)
    if (event.kind == PoolEventKind::misdirected) ++expected;
  const MonotonicTime latest = loop_.now() + std::chrono::seconds(1);
  std::vector<proxy::RecentRefusal> newest = visitor.lab.gateway().refusals().newest();
  while (newest.size() < expected && loop_.now() < latest) {
    co_await sleep_for(loop_, std::chrono::milliseconds(2));
    newest = visitor.lab.gateway().refusals().newest();
  }
  newest.resize(newest.size() - std::min(newest.size(), visitor.refusals_told));
  visitor.refusals_told += newest.size();
  std::reverse(newest.begin(), newest.end());
  co_return newest;
}

Task<void> LabStory::step(LabVisitor& visitor, LabStep step) {
  visitor.notes.clear();
  client::Request request{.url = Url::parse(step.url).value()};
  request.timeouts.total = std::chrono::seconds(5);
  request.fields.add("Accept", "text/plain");
  if (!step.server_name.empty()) {
    const ServerName name = ServerName::parse(step.server_name).value();
    request.identity = client::ConnectIdentity{.server_name = name, .verified_name = Host(name.hostname())};
  }
  Task<client::FetchReport> fetching = visitor.client.fetch(std::move(request), visitor.notes);
  const client::FetchReport report = co_await std::move(fetching);
  Task<std::vector<proxy::RecentRefusal>> asking = new_refusals(visitor);
  const std::vector<proxy::RecentRefusal> refusals = co_await std::move(asking);
  heading(fmt::format("{}. {}", ++steps_, step.title));
  say(step.story);
  out_.output.write("\n");
  line("request", step.url, Role::strong);
  tell_events(visitor, refusals, step);
  tell_answer(visitor, report);
  out_.output.flush();
}

std::string names_in(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void LabStory::conclude(const Lab& lab) {
  heading("What the servers saw");
  line("shop", names_in(lab.shop().asked()), Role::plain);
  line("blog", names_in(lab.blog().asked()), Role::plain);
  out_.output.write("\n");
  say("No request reached a server that was not its own, and each 421 that a new connection could mend was "
      "mended by one. Everything is gone now: ports, certificates, servers.");
  heading("Yours next");
  for (const std::string_view command :
       {"astray gateway --check gateway.yaml", "astray fetch -v --trace https://www.example.com/",
        "astray probe www.example.com,accounts.example.com", "astray demo outage"})
    out_.output.write("    " + out_.palette.paint(Role::code, command) + "\n");
}

Task<void> LabStory::say_goodbye(LabVisitor& visitor) {
  const MonotonicTime latest = loop_.now() + longest_farewell;
  Task<void> closing = visitor.client.close();
  co_await with_deadline(loop_, std::move(closing), latest);
}

Task<void> LabStory::tell(std::unique_ptr<Lab> plain, std::unique_ptr<Lab> telling) {
  LabVisitor visitor(loop_, network_, resolver_, *plain);
  LabVisitor told(loop_, network_, resolver_, *telling);
  introduce(*plain);
  for (const LabStep& each : steps_without_frames) {
    Task<void> asking = step(visitor, each);
    co_await std::move(asking);
  }
  for (const LabStep& each : steps_with_frames) {
    Task<void> asking = step(told, each);
    co_await std::move(asking);
  }
  conclude(*plain);
  Task<void> goodbye = say_goodbye(visitor);
  co_await std::move(goodbye);
  Task<void> other_goodbye = say_goodbye(told);
  co_await std::move(other_goodbye);
}

Task<int> next_signal(SignalQueue& signals) {
  const int signal = co_await signals.next();
  co_return signal;
}

enum class LabEnd : uint8_t { told, interrupted, too_late };

Task<LabEnd> tell_until_signal(SignalQueue& signals, Task<void> telling) {
  Task<int> signal = next_signal(signals);
  std::vector<TaskBase*> both = {&telling, &signal};
  AnyEnd any(std::move(both));
  const size_t first = co_await any;
  co_return first == 0 ? LabEnd::told : LabEnd::interrupted;
}

Task<LabEnd> tell_in_time(EpollLoop& loop, SignalQueue& signals, Task<void> telling) {
  Task<LabEnd> whole = tell_until_signal(signals, std::move(telling));
  const Result<LabEnd, TimedOut> end =
      co_await with_deadline(loop, std::move(whole), loop.now() + longest_story);
  co_return end.value_or(LabEnd::too_late);
}

}  // namespace

ExitCode run_lab(Console& console) {
  EpollLoop loop;
  SocketNetwork network(loop);
  CaresResolver resolver(loop, {});
  // The gateways' threads must not take them.
  SignalQueue signals(loop, {SIGINT, SIGTERM});
  auto plain = Lab::start(loop, network, {}, now());
  if (!plain) return console.fail(plain.error().message);
  auto telling = Lab::start(loop, network, {.origin_frames = LabShape::OriginFrames::on}, now());
  if (!telling) return console.fail(telling.error().message);
  LabStory story(loop, network, resolver, console);
  const auto end =
      loop.run_until_done(tell_in_time(loop, signals, story.tell(std::move(*plain), std::move(*telling))));
  if (!end) return console.fail(end.error().text());
  switch (*end) {
    case LabEnd::told:
      return ExitCode::success;
    case LabEnd::interrupted:
      return console.fail("interrupted");
    case LabEnd::too_late:
      return console.fail("the machine is too busy: the lab took more than 20 seconds");
  }
  return ExitCode::failure;
}

}  // namespace astray
