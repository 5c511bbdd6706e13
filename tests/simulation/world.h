#pragma once
// The real prober over a network in memory, in virtual time.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "io/fake/network.h"
#include "io/fake/virtual_loop.h"
#include "probe/prober.h"
#include "simulation/origin.h"

namespace astray::simulation {

struct SeenCell {
  ConnectionQuestion connection;
  RequestQuestion request;
  Observation seen;
  CellVerdict verdict = CellVerdict::could_not_tell;
  std::string sentence;
  MonotonicTime time;  ///< when it was told
};

/// "192.0.2.1:443 a.example/b.example h2 reused: own 200"
std::string to_string(const SeenCell& cell);

/// Keeps every cell, and calls `on_cell` for each.
class Collector final : public CellSink {
 public:
  explicit Collector(Loop& loop) : loop_(loop) {}
  void cell(const ProbeCell& cell) override;
  void finish(const ProbeSummary& summary) override;

  std::vector<SeenCell> cells;
  std::optional<ProbeSummary> summary;
  std::function<void(const SeenCell&)> on_cell;

 private:
  Loop& loop_;
};

/// Where the node of a world is that has but one.
inline constexpr const char* only_node = "192.0.2.1:443";
inline const std::vector<std::string> three_names = {"a.example", "b.example", "c.example"};
/// A site for each name, with a page of its own and one certificate for all.
OriginOptions sites_of(const std::vector<std::string>& names);

Endpoint endpoint(std::string_view text);
ProbeNode node(std::string_view where, std::vector<std::string> names);
Axes axes_of(AxesPreset preset);

class World {
 public:
  explicit World(uint64_t seed = 1) : network_(loop_, seed), collector_(loop_) {}

  fake::VirtualLoop& loop() { return loop_; }
  fake::Network& network() { return network_; }
  Collector& collected() { return collector_; }
  const std::vector<SeenCell>& cells() const { return collector_.cells; }
  const ProbeSummary& summary() const { return collector_.summary.value(); }

  Origin& add_origin(std::string_view where, OriginOptions options);
  /// Accepts connections and says nothing.
  void add_tarpit(std::string_view where);

  /// Prepares a run; its parts are the world's.
  Task<ProbeSummary> probe(std::vector<ProbeNode> nodes, const Axes& axes, const ProbeOptions& options);
  /// The same, to its end.
  void run(std::vector<ProbeNode> nodes, const Axes& axes, const ProbeOptions& options);
  const Plan& plan() const { return *plan_; }
  void stop() { stopped_ = true; }

  /// Plain spellings; null: not asked.
  const SeenCell* find(const std::string& sni, const std::string& host, ConnectionUse use,
                       AlpnOffer alpn = AlpnOffer::h2) const;
  size_t count(CellVerdict verdict) const;
  size_t count(ProbeFailure failure) const;
  /// Every cell in a line.
  std::string told() const;

 private:
  Task<void> accept_silently(StreamListener& listener);

  fake::VirtualLoop loop_;
  fake::Network network_;
  Collector collector_;
  std::unique_ptr<Plan> plan_;
  std::unique_ptr<Assessor> assessor_;
  ProbeOptions options_;
  bool stopped_ = false;
  std::vector<std::unique_ptr<Origin>> origins_;
  std::vector<std::unique_ptr<StreamListener>> tarpits_;
  std::vector<std::unique_ptr<Stream>> stuck_;
  std::vector<SpawnedTask> accepting_;
};

}  // namespace astray::simulation
