#pragma once
// Which values the axes take, and the plan that comes of it.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probe/question.h"

namespace astray {

/// `polite`: small and sufficient: each name's own answer, each ordered pair on a reused h2 connection and as
/// SNI ≠ Host on a fresh one, no SNI, unknown names, and one odd spelling of each kind for one name.
/// `full`: every combination.
enum class AxesPreset : uint8_t { polite, full };

/// A value of the SNI or Host axis: a spelling of every known name, or a literal.
struct AxisName {
  Spelling spelling = Spelling::plain;
  std::string literal;  ///< Spelling::literal
};

/// Which of the names behind it, in the order of its node and round it again, each name is paired with.
struct Partners {
  size_t skipped = 0;  ///< of the next ones
  size_t count = 0;
};

struct Axes {
  AxesPreset preset = AxesPreset::polite;
  std::optional<std::vector<AxisName>> snis;  ///< absent: the preset's
  std::optional<std::vector<AxisName>> hosts;
  std::optional<std::vector<Placement>> placements;
  std::vector<AlpnOffer> alpns = {AlpnOffer::h1, AlpnOffer::h2};
  std::vector<ConnectionUse> uses = {ConnectionUse::fresh, ConnectionUse::reused};
  bool resume = false;  ///< also offer each name's session under every other name
  std::vector<ClientCertificateIndex> client_certificates = {std::nullopt};
  /// Of the polite plan; absent: as below.
  std::optional<Partners> partners;
};

/// With more names than `ring_above` on one node, the polite plan pairs each name with the next
/// `ring_neighbours` names in the order given (the last ones with the first), not with every other name.
inline constexpr size_t ring_above = 24;
inline constexpr size_t ring_neighbours = 8;
/// A longer list of requests is spread over several connections: servers close after so many (nginx
/// keepalive_requests was 100 for long).
inline constexpr size_t requests_per_connection = 64;

/// The questions of a run, made one at a time: a plan's memory grows with its names and nodes, never with its
/// cells. First the baselines (fresh, SNI = Host = name, spelled plainly) of every node, since the meaning of
/// every other answer rests on them; then the rest, node by node. Combinations that mean nothing are left
/// out: no SNI in clear, absolute-form only over HTTP/1, a conflict of fields only where both are sent.
class Plan {
 public:
  /// `also`: questions of one's own, asked behind the others of their node; those of no node here are left out.
  Plan(std::vector<ProbeNode> nodes, const Axes& axes, std::vector<ConnectionQuestion> also = {});

  uint64_t connections() const { return connections_; }
  uint64_t cells() const { return cells_; }
  const std::vector<ProbeNode>& nodes() const;
  /// What was left out or is read in a special way, for people.
  const std::vector<std::string>& notes() const;

  /// What one node is asked in a phase. The parts of a phase may be asked side by side; those of the second
  /// one when the first is over.
  enum class Phase : uint8_t { baselines, rest };
  struct Part {
    Phase phase = Phase::baselines;
    size_t node = 0;            ///< index into nodes()
    size_t begin = 0, end = 0;  ///< of the plan's sections
    uint64_t cells_before = 0;  ///< of all parts before it
  };
  /// In the order of the plan.
  const std::vector<Part>& parts() const;

  /// Walks the plan in its order. `cells_before` is the number of cells of all connections handed out before
  /// the last one.
  class Cursor {
   public:
    explicit Cursor(const Plan& plan);
    Cursor(const Plan& plan, const Part& part);
    /// Nothing at the end.
    std::optional<ConnectionQuestion> next();
    uint64_t cells_before() const { return cells_before_; }

   private:
    const Plan* plan_;
    size_t section_ = 0;
    size_t end_ = 0;
    uint64_t index_ = 0;  ///< in the section
    uint64_t cells_before_ = 0;
    uint64_t last_cells_ = 0;
  };

 private:
  struct Layout;
  std::shared_ptr<const Layout> layout_;
  uint64_t connections_ = 0;
  uint64_t cells_ = 0;
};

}  // namespace astray
