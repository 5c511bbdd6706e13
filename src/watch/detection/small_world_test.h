#pragma once
// A few servers of a few lines, asked round after round through the real plan, assessor and recorder, in
// virtual time.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "probe/assessor.h"
#include "probe/predictor.h"
#include "watch/detection/detector.h"

namespace astray::watch::test {

enum class Demand : uint8_t { none, optional, required };

struct VirtualHost {
  std::string certificate;  ///< of World::certificates
  std::string page;
  int status = 200;
  bool h2 = true;
  Demand demand = Demand::none;
  /// A back that answers 421, as httpd does where a proxy stopped to send SNI.
  bool back_misses_sni = false;
};

/// Behaves as nginx does: the certificate goes by SNI, the page by Host; who is unknown gets the default one.
struct WorldNode {
  std::string address;
  std::map<std::string, VirtualHost> hosts;
  VirtualHost fallback;
  bool is_silent = false;
};

struct WorldCertificate {
  std::vector<std::string> names;
  Instant not_before{0}, not_after{4'000'000'000};
};

struct World {
  std::vector<std::string> names;
  std::vector<WorldNode> nodes;
  std::map<std::string, WorldCertificate> certificates;

  /// Nodes 192.0.2.1:443 and on; names a.example and on, with one certificate for all.
  static World of(size_t nodes, size_t names);
  /// The virtual host of "b.example" on the node, from 1.
  VirtualHost& host(size_t node, const std::string& name) { return nodes.at(node - 1).hosts.at(name); }
  void everywhere(const std::string& name, const std::function<void(VirtualHost&)>& change);
  Observation answer(const ConnectionQuestion& connection, const RequestQuestion& request) const;
};

/// What a round asks and what goes wrong by chance.
struct Weather {
  double failing = 0;           ///< share of connections that nobody answers
  size_t names_a_round = 1000;  ///< chosen anew for each round, the same on all nodes
  double pairs = 1;             ///< share of the questions beside the names' own that are asked
};

/// Rounds of a world, with what a store would remember.
class Rounds {
 public:
  explicit Rounds(AlertSettings settings = {}, Weather weather = {}, uint64_t seed = 1)
      : detector_(settings), weather_(weather), random_(seed) {}

  /// One round, a minute later; the events that it made, one a line: "opened refused b.example 1,2".
  std::string ask(const World& world);
  /// As a watcher that begins again with the same store.
  const RoundRecord& last() const { return last_; }
  /// Of the last round; null: it has none that is suspected or open.
  const Problem* problem() const;

  Instant now{1'800'000'000};
  std::vector<std::string> troubles;   ///< of the next round
  std::vector<RefusalCount> refusals;  ///< of the next round
  std::vector<std::pair<RefusalCount, double>> mean_refusals;
  /// Whether the second answers are asked for at all.
  bool asks_again = true;
  /// Asked instead of the world where suspicions are confirmed; empty: the world itself.
  const World* second_world = nullptr;
  /// What the configurations say; null: there are none.
  const Predictor* predictor = nullptr;

 private:
  RoundRecord ask_all(const World& world, const Weather& weather);

  Detector detector_;
  Weather weather_;
  std::mt19937_64 random_;
  RoundRecord last_;
  std::map<CellKey, CellAnswer> latest_;
  std::vector<Problem> unresolved_;
  std::map<std::string, CoalescibleRecord> coalescible_;
  uint64_t rounds_ = 0;
};

}  // namespace astray::watch::test
