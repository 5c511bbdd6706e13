#include "cli/demo_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "cli/instant_text.h"
#include "cli/running_watch.h"
#include "cli/watch_report.h"
#include "io/deadline.h"
#include "io/race.h"
#include "io/signals.h"
#include "io/sleep.h"
#include "proxy/lab/lab.h"
#include "report/layout.h"
#include "servers/model/file_source.h"
#include "tls/file_certificate_source.h"
#include "watch/settings/settings_reader.h"

namespace astray {
namespace {

using proxy::Lab;
using proxy::LabShape;

constexpr Duration longest_search = std::chrono::seconds(30);
constexpr Duration between_looks = std::chrono::milliseconds(20);

/// What a user would write for the two gateways.
std::string settings_of_demo(const Lab& first, const Lab& second) {
  return fmt::format(R"(targets: [https://shop.test, https://blog.test, https://news.test]
nodes: ["{}", "{}"]
questions: {{authorities: none}}
pace: {{interval: 5s, connections_per_second: 0}}
alerts: {{certificate_expiring: 0ms}}
)",
                     first.address().text(), second.address().text());
}

void show_settings(std::string_view yaml, ConsoleStream& out) {
  out.output.write("\n");
  for (size_t at = 0; at < yaml.size();) {
    const size_t end = std::min(yaml.find('\n', at), yaml.size());
    out.output.write("    " + out.palette.paint(Role::code, yaml.substr(at, end - at)) + "\n");
    at = end + 1;
  }
  out.output.write("\n");
}

Result<watch::WatchSettings> read_demo_settings(const std::string& yaml) {
  DiskFiles files;
  FileCertificateSource certificates;
  watch::ReadSettings read = watch::read_settings(yaml, "/watch.yaml", files, certificates);
  if (!read.problems.empty()) return failure(read.problems_text("watch.yaml"));
  read.settings.page.listen = Endpoint::with_any_port(IpAddress::v4({127, 0, 0, 1}));
  return std::move(read.settings);
}

/// A watcher that finds what is wrong in front of whoever asked for the demo.
class WatchDemo {
 public:
  WatchDemo(watch::WatchSettings settings, WatchMachine& machine, Console& console)
      : machine_(machine), console_(console), running_(machine, std::move(settings)) {}

  Result<void> start();
  /// Tells what is found, and stays for whoever looks at the page.
  Task<void> tell();
  /// In time.
  bool found() const { return found_; }

 private:
  void say(std::string_view text) { console_.out.output.write(paragraph(text, console_.out.columns, 2)); }

  WatchMachine& machine_;
  Console& console_;
  RunningWatch running_;
  bool found_ = false;
  SpawnedTask rounds_;  ///< goes before what it uses
};

Result<void> WatchDemo::start() {
  if (Result<void> started = running_.start(); !started) return started;
  rounds_ = machine_.loop().spawn(running_.watcher().run());
  return {};
}

Task<void> WatchDemo::tell() {
  const MonotonicTime latest = machine_.loop().now() + longest_search;
  while (open_problems(running_.state()).empty() && machine_.loop().now() < latest)
    co_await sleep_for(machine_.loop(), between_looks);
  found_ = !open_problems(running_.state()).empty();
  if (!found_) co_return;
  write_watch_round(running_.state(), "human", console_.out);
  for (const std::string& address : running_.addresses()) say("The watcher's " + address + ", live.");
  console_.out.output.flush();
  if (!console_.out.terminal) co_return;
  say("Ctrl-C ends it.");
  console_.out.output.flush();
  Gate never(machine_.loop());
  co_await never.pass();
}

Task<void> tell_until_interrupted(WatchDemo& demo, SignalQueue& signals) {
  Task<void> telling = demo.tell();
  Task<int> signal = signals.next();
  std::vector<TaskBase*> both = {&telling, &signal};
  AnyEnd any(std::move(both));
  co_await any;
}

}  // namespace

ExitCode run_watch_demo(Console& console) {
  ProbeProgressLine progress(console, ProbeProgressLine::When::never);
  WatchMachine machine({}, console, progress);
  SignalQueue signals(machine.loop(), {SIGINT, SIGTERM});  // the gateways' threads must not take them
  auto whole = Lab::start(machine.loop(), machine.network(), {}, now());
  if (!whole) return console.fail(whole.error().message);
  auto lacking = Lab::start(machine.loop(), machine.network(), {.blog = LabShape::Blog::forgotten}, now());
  if (!lacking) return console.fail(lacking.error().message);

  console.out.output.write(
      "\n" + console.out.palette.paint(Role::strong, "A node that was forgotten, watched") + "\n\n");
  console.out.output.write(
      paragraph("Two gateways now serve the same names, and whoever deployed the second one forgot "
                "blog.test. These settings are "
                "all that a watcher needs:",
                console.out.columns, 2));
  const std::string yaml = settings_of_demo(**whole, **lacking);
  show_settings(yaml, console.out);
  Result<watch::WatchSettings> settings = read_demo_settings(yaml);
  if (!settings) return console.fail(settings.error().message);
  WatchDemo demo(std::move(*settings), machine, console);
  if (const Result<void> started = demo.start(); !started) return console.fail(started.error().message);
  const auto end = machine.loop().run_until_done(tell_until_interrupted(demo, signals));
  if (!end) return console.fail(end.error().text());
  if (!demo.found())
    return console.fail("the machine is too busy: the watcher found nothing within 30 seconds");
  return ExitCode::success;
}

}  // namespace astray
