#include "simulation/fetch_world.h"

#include <fmt/format.h>

#include "base/check.h"
#include "io/race.h"
#include "io/sleep.h"
#include "io/task_group.h"
#include "support/certificates.h"

namespace astray::simulation {

void Kept::on_head(const client::ResponseHead& given, client::BodyFlow& given_flow) {
  head = given;
  ++heads;
  flow = &given_flow;
}

client::Demand Kept::on_body(std::string_view bytes) {
  const size_t before = body.size();
  body += bytes;
  const bool pauses = pause_every != SIZE_MAX && before / pause_every != body.size() / pause_every;
  return pauses ? client::Demand::pause : client::Demand::more;
}

void Story::on_event(const client::PoolEvent& event) {
  client::PoolEvent timeless = event;
  timeless.time = {};
  constexpr size_t time_columns = 9;
  lines_.emplace_back(event.kind, client::to_text(timeless).substr(time_columns));
}

std::string Story::with(std::string_view word) const {
  std::string joined;
  for (const auto& [kind, line] : lines_) {
    if (line.find(word) == std::string::npos) continue;
    if (!joined.empty()) joined += '\n';
    joined += line;
  }
  return joined;
}

size_t Story::count(client::PoolEventKind kind) const {
  size_t count = 0;
  for (const auto& [seen, line] : lines_) count += seen == kind ? 1 : 0;
  return count;
}

std::string Story::text() const {
  return with("");
}

std::string Fetched::text() const {
  if (report.failure) {
    return fmt::format("{} in {}: {}", to_string(report.failure->kind), to_string(report.failure->phase),
                       report.failure->sentence);
  }
  return fmt::format("{} on {} {}: {}", report.status, report.carried_on.connection,
                     to_string(report.carried_on.carriage), kept->body);
}

FetchWorld::FetchWorld(uint64_t seed) : network_(loop_, seed), resolver_(loop_) {
  settings_.telemetry = &story_;
  settings_.wall_clock = [] { return test::instant("2026-11-01"); };
}

FetchWorld::~FetchWorld() {
  client_.reset();
}

client::Client& FetchWorld::client() {
  if (!client_) {
    if (!trusted_.empty()) settings_.trust = tls::TrustStore::parse(trusted_, "the origins").value();
    client_ = std::make_unique<client::Client>(loop_, network_, resolver_, settings_);
  }
  return *client_;
}

Origin& FetchWorld::add_origin(std::string_view where, OriginOptions options) {
  for (const Site& site : options.sites) trusted_ += certificate_of(site);
  origins_.push_back(
      std::make_unique<Origin>(loop_, network_, Endpoint::parse(where).value(), std::move(options)));
  return *origins_.back();
}

void FetchWorld::name(std::string_view host, std::vector<std::string_view> addresses) {
  std::vector<IpAddress> parsed;
  for (const std::string_view text : addresses) parsed.push_back(IpAddress::parse(text).value());
  resolver_.set(Hostname::parse(host).value(), std::move(parsed));
}

client::Request FetchWorld::request(std::string_view url) const {
  return {.url = Url::parse(url).value()};
}

Task<void> FetchWorld::fetch_into(client::Request request, Fetched& fetched) {
  if (!fetched.kept) fetched.kept = std::make_unique<Kept>();
  Task<client::FetchReport> fetching = client().fetch(std::move(request), *fetched.kept);
  fetched.report = co_await std::move(fetching);
}

Fetched FetchWorld::fetch(client::Request request) {
  std::vector<client::Request> requests;
  requests.push_back(std::move(request));
  return std::move(fetch_all(std::move(requests)).front());
}

std::vector<Fetched> FetchWorld::fetch_all(const std::vector<std::string_view>& urls) {
  std::vector<client::Request> requests;
  for (const std::string_view url : urls) requests.push_back(request(url));
  return fetch_all(std::move(requests));
}

namespace {

Task<void> run_all(Loop& loop, std::vector<Task<void>> tasks) {
  TaskGroup group(loop, SIZE_MAX);
  for (Task<void>& task : tasks) {
    Task<void> starting = group.start(std::move(task));
    co_await std::move(starting);
  }
  Task<void> ending = group.all_ended();
  co_await std::move(ending);
}

Task<void> sleep_a_while(Loop& loop, Duration duration) {
  co_await sleep_for(loop, duration);
}

}  // namespace

std::vector<Fetched> FetchWorld::fetch_all(std::vector<client::Request> requests) {
  std::vector<Fetched> fetched(requests.size());
  std::vector<Task<void>> tasks;
  for (size_t i = 0; i < requests.size(); ++i)
    tasks.push_back(fetch_into(std::move(requests[i]), fetched[i]));
  const auto ran = loop_.run_until_done(run_all(loop_, std::move(tasks)));
  CHECK(ran);
  return fetched;
}

void FetchWorld::wait(Duration duration) {
  CHECK(loop_.run_until_done(sleep_a_while(loop_, duration)));
}

}  // namespace astray::simulation
