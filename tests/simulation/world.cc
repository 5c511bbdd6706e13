#include "simulation/world.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace astray::simulation {

std::string to_string(const SeenCell& cell) {
  return fmt::format("{} {}/{} {} {}{}: {} {} {} {} {}", cell.connection.node.text(),
                     cell.connection.sni.value_or("-"), cell.request.host.value_or("-"),
                     cell.seen.protocol == Protocol::h2 ? "h2" : "h1", to_string(cell.connection.use),
                     cell.connection.session_of ? " session of " + *cell.connection.session_of : "",
                     to_string(cell.verdict), cell.seen.status, to_string(cell.seen.stage),
                     to_string(cell.seen.failure), cell.seen.message);
}

void Collector::cell(const ProbeCell& cell) {
  cells.push_back({*cell.connection, *cell.request, cell.seen, cell.verdict, cell.sentence, loop_.now()});
  if (on_cell) on_cell(cells.back());
}

void Collector::finish(const ProbeSummary& given) {
  EXPECT_FALSE(summary.has_value());
  summary = given;
}

OriginOptions sites_of(const std::vector<std::string>& names) {
  OriginOptions options;
  for (const std::string& name : names)
    options.sites.push_back({name, "<h1>This is " + name + "</h1>", names});
  return options;
}

Endpoint endpoint(std::string_view text) {
  return Endpoint::parse(text).value();
}

ProbeNode node(std::string_view where, std::vector<std::string> names) {
  ProbeNode made{.endpoint = endpoint(where), .protocol = PortProtocol::https, .names = std::move(names)};
  made.name_addresses.assign(made.names.size(), 1);
  return made;
}

Axes axes_of(AxesPreset preset) {
  Axes axes;
  axes.preset = preset;
  return axes;
}

Origin& World::add_origin(std::string_view where, OriginOptions options) {
  origins_.push_back(std::make_unique<Origin>(loop_, network_, endpoint(where), std::move(options)));
  return *origins_.back();
}

Task<void> World::accept_silently(StreamListener& listener) {
  while (true) {
    auto stream = co_await listener.accept();
    if (stream) stuck_.push_back(std::move(*stream));
  }
}

void World::add_tarpit(std::string_view where) {
  tarpits_.push_back(network_.listen(endpoint(where), ListenOptions{4096}).value());
  accepting_.push_back(loop_.spawn(accept_silently(*tarpits_.back())));
}

Task<ProbeSummary> World::probe(std::vector<ProbeNode> nodes, const Axes& axes, const ProbeOptions& options) {
  options_ = options;
  plan_ = std::make_unique<Plan>(nodes, axes);
  assessor_ = std::make_unique<Assessor>(std::move(nodes), std::vector<ResolvedName>(), nullptr,
                                         std::vector<const ClientProfile*>());
  return run_probe(loop_, network_,
                   ProbeRun{*plan_, options_, *assessor_, collector_, {}, [this] { return stopped_; }});
}

void World::run(std::vector<ProbeNode> nodes, const Axes& axes, const ProbeOptions& options) {
  auto ended = loop_.run_until_done(probe(std::move(nodes), axes, options));
  ASSERT_TRUE(ended.has_value()) << ended.error().text();
  ASSERT_TRUE(collector_.summary.has_value());
  if (!stopped_) {
    EXPECT_EQ(cells().size(), plan_->cells());
  }
}

const SeenCell* World::find(const std::string& sni, const std::string& host, ConnectionUse use,
                            AlpnOffer alpn) const {
  const auto found = std::find_if(cells().begin(), cells().end(), [&](const SeenCell& cell) {
    return cell.connection.sni == sni && cell.request.host == host && cell.connection.use == use &&
           cell.connection.alpn == alpn && cell.request.placement == Placement::usual &&
           !cell.connection.session_of && !cell.connection.client_certificate;
  });
  return found == cells().end() ? nullptr : &*found;
}

size_t World::count(CellVerdict verdict) const {
  return static_cast<size_t>(std::count_if(cells().begin(), cells().end(),
                                           [&](const SeenCell& cell) { return cell.verdict == verdict; }));
}

size_t World::count(ProbeFailure failure) const {
  return static_cast<size_t>(std::count_if(
      cells().begin(), cells().end(), [&](const SeenCell& cell) { return cell.seen.failure == failure; }));
}

std::string World::told() const {
  std::string text;
  for (const SeenCell& cell : cells()) text += to_string(cell) + "\n";
  return text;
}

}  // namespace astray::simulation
