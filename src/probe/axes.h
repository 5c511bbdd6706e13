#pragma once
// Which values the axes take, and the plan that comes of it.
#include <cstdint>
#include <functional>
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

struct Axes {
  AxesPreset preset = AxesPreset::polite;
  std::optional<std::vector<AxisName>> snis;  ///< absent: the preset's
  std::optional<std::vector<AxisName>> hosts;
  std::optional<std::vector<Placement>> placements;
  std::vector<AlpnOffer> alpns = {AlpnOffer::h1, AlpnOffer::h2};
  std::vector<ConnectionUse> uses = {ConnectionUse::fresh, ConnectionUse::reused};
  bool resume = false;  ///< also offer each name's session under every other name
  std::vector<ClientCertificateIndex> client_certificates = {std::nullopt};
};

/// The questions of a run, made one at a time, so that a plan of any size costs no memory. Baselines (fresh,
/// SNI = Host = name, spelled plainly) come first for each node, since the meaning of every other answer
/// rests on them.
class Plan {
 public:
  Plan(std::vector<ProbeNode> nodes, Axes axes);

  uint64_t connections() const { return connections_; }
  uint64_t cells() const { return cells_; }
  const std::vector<ProbeNode>& nodes() const { return nodes_; }
  const Axes& axes() const { return axes_; }

  /// Walks the plan in its order. `cells_before` is the number of cells of all earlier connections.
  class Cursor {
   public:
    explicit Cursor(const Plan& plan);
    /// Nothing at the end.
    std::optional<ConnectionQuestion> next();
    uint64_t cells_before() const { return cells_before_; }

   private:
    const Plan* plan_;
    uint64_t index_ = 0;
    uint64_t cells_before_ = 0;
  };

 private:
  std::vector<ProbeNode> nodes_;
  Axes axes_;
  uint64_t connections_ = 0;
  uint64_t cells_ = 0;
};

}  // namespace astray
