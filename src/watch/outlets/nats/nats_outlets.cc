#include "watch/outlets/nats/nats_outlets.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "io/deadline.h"
#include "tls/x509.h"

namespace astray::watch {
namespace {

constexpr std::string_view answers_subject = "astray.answers.";
constexpr std::string_view agents_subject = "astray-agents.";
/// Often enough that a dead agent's nodes are asked by others in the second round after it.
constexpr int notes_in_interval = 5;
constexpr Duration least_pause = std::chrono::milliseconds(200);
constexpr Duration most_pause = std::chrono::seconds(5);

std::string machine_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? name.data() : "astray";
}

}  // namespace

NatsReports::NatsReports(EpollLoop& loop, const NatsSettings& settings, OutletTools tools, ReportedAnswers which)
    : name_(fmt::format("nats {} {}", shown_address(settings), settings.region)),
      region_(settings.region),
      which_(which),
      tools_(std::move(tools)),
      link_(loop, settings),
      courier_(name_, tools_, [this](std::vector<std::string> parts) { return deliver(std::move(parts)); }) {}

std::optional<std::string> NatsReports::parcel(const RoundRecord& round) const {
  const Store* const store = tools_.store();
  ParcelContent content{round.began, region_reports(round, region_, store == nullptr ? "" : store->id(), which_)};
  if (content.parts.empty()) return std::nullopt;
  return content.encode();
}

Task<ParcelCourier::Outcome> NatsReports::deliver(std::vector<std::string> parts) {
  for (std::string& part : parts) {
    // Watcher and time of the round are in it: only what is sent again has this digest again.
    NatsMessage message{fmt::format("{}{}", answers_subject, region_), to_hex(sha256(part)), std::move(part)};
    Task<Result<void, NatsFailure>> publishing = link_.publish(std::move(message));
    const Result<void, NatsFailure> published = co_await std::move(publishing);
    if (published) continue;
    courier_.set_trouble(published.error().sentence);
    co_return published.error().is_of_the_message ? ParcelCourier::Outcome::unreadable
                                                  : ParcelCourier::Outcome::again;
  }
  co_return ParcelCourier::Outcome::taken;
}

NatsRegions::NatsRegions(EpollLoop& loop, const NatsSettings& settings)
    : name_(fmt::format("nats {} regions", shown_address(settings))), never_(loop), link_(loop, settings) {
  link_.follow({.subject = fmt::format("{}*", answers_subject),
                .durable = "compare",
                .receive = [this](const std::string& payload) { receive(payload); },
                .trouble = [this](std::optional<std::string> sentence) { trouble_ = std::move(sentence); }});
}

std::optional<std::string> NatsRegions::trouble() const {
  if (trouble_) return trouble_;
  if (board_.left_out() > 0)
    return fmt::format("the regions told more than there is room for ({} answers): {} were not judged",
                       RegionBoard::most_answers, board_.left_out());
  return unreadable_;
}

Task<void> NatsRegions::run() {
  return never_.pass();
}

void NatsRegions::receive(const std::string& payload) {
  const Result<RegionReport> report = read_region_report(payload);
  if (!report) {
    ++figures_.refused;
    unreadable_ = "a report of a region cannot be read: " + report.error().message;
    return;
  }
  unreadable_.reset();
  ++figures_.delivered;
  board_.take(*report);
}

NatsShare::NatsShare(EpollLoop& loop, const NatsSettings& settings, Duration interval, uint64_t seed)
    : loop_(loop),
      name_(fmt::format("nats {} agents of {}", shown_address(settings), settings.region)),
      subject_(fmt::format("{}{}", agents_subject, settings.region)),
      note_{.agent = settings.agent.empty() ? machine_name() : settings.agent,
            .instance = fmt::format("{:016x}", seed),
            .every = std::clamp<Duration>(interval / notes_in_interval, least_pause, most_pause),
            .nodes = {}},
      share_(note_.agent, note_.instance),
      nodes_changed_(loop),
      link_(loop, settings) {
  link_.follow({.subject = subject_,
                .durable = {},
                .receive = [this](const std::string& payload) { receive(payload); },
                .trouble = [this](std::optional<std::string> sentence) { trouble_ = std::move(sentence); }});
}

Task<void> NatsShare::run() {
  for (;;) {
    nodes_changed_.close();
    NatsMessage message{subject_, {}, write_agent_note(note_)};
    Task<Result<void, NatsFailure>> saying = link_.publish(std::move(message));
    const Result<void, NatsFailure> said = co_await std::move(saying);
    if (!said) trouble_ = said.error().sentence;
    Task<void> changed = nodes_changed_.pass();
    (void)co_await with_deadline(loop_, std::move(changed), loop_.now() + note_.every);
  }
}

std::optional<std::string> NatsShare::trouble() const {
  return trouble_ ? "no other agent can be heard, so this one asks all: " + *trouble_ : share_.trouble();
}

void NatsShare::leave_to_others(ProbeNodes& nodes) {
  std::set<std::string> known;
  for (const ProbeNode& node : nodes.nodes) known.insert(node.endpoint.text());
  const std::set<std::string> mine = share_.take(known, loop_.now());
  std::erase_if(nodes.nodes, [&](const ProbeNode& node) { return !mine.contains(node.endpoint.text()); });
  if (known == note_.nodes) return;
  note_.nodes = std::move(known);
  nodes_changed_.open();
}

void NatsShare::receive(const std::string& payload) {
  // Whoever else speaks there, and how, is none of this agent's trouble.
  if (Result<AgentNote> note = read_agent_note(payload)) share_.hear(std::move(*note), loop_.now());
}

Result<std::unique_ptr<Outlet>> make_nats_outlet(EpollLoop* loop, const WatchSettings& settings, OutletTools tools) {
  const NatsSettings& nats = *settings.nats;
  if (loop == nullptr) return failure(fmt::format("nats {}: needs a loop with sockets", shown_address(nats)));
  if (nats.region.empty()) return std::make_unique<NatsRegions>(*loop, nats);
  if (!is_region_name(nats.region))
    return failure(
        fmt::format("nats {}: the region \"{}\" has other characters than letters, digits, '-' and "
                    "'_', or more than 64",
                    shown_address(nats), nats.region));
  return std::make_unique<NatsReports>(*loop, nats, std::move(tools),
                                       settings.is_agent ? ReportedAnswers::all : ReportedAnswers::own);
}

Result<std::unique_ptr<Outlet>> make_nats_share(EpollLoop* loop, const WatchSettings& settings, uint64_t seed) {
  if (loop == nullptr || !settings.nats || settings.nats->region.empty())
    return failure("an agent reports to a region: its settings need nats: {url: …, region: …}");
  return std::make_unique<NatsShare>(*loop, *settings.nats, settings.pace.interval, seed);
}

}  // namespace astray::watch
