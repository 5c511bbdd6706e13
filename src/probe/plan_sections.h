#pragma once
// The parts that a plan consists of. Each can name any of its connections by number, and knows how many there
// are without walking them.
#include <memory>
#include <vector>

#include "probe/axes.h"

namespace astray {

class PlanSection {
 public:
  PlanSection() = default;
  PlanSection(const PlanSection&) = delete;
  PlanSection& operator=(const PlanSection&) = delete;
  virtual ~PlanSection() = default;

  virtual uint64_t connections() const = 0;
  virtual uint64_t cells() const = 0;
  virtual ConnectionQuestion at(uint64_t index) const = 0;
};
using PlanSections = std::vector<std::unique_ptr<const PlanSection>>;

/// The name that nobody configures (RFC 2606 §2: .invalid).
inline constexpr std::string_view unconfigured_name = "unknown.invalid";

/// What one node's sections are made of. Borrowed by them.
struct NodeAxes {
  const ProbeNode* node = nullptr;
  AxesPreset preset = AxesPreset::polite;
  std::vector<AlpnOffer> alpns;
  std::vector<ClientCertificateIndex> client_certificates;
  std::optional<std::vector<AxisName>> snis, hosts;
  std::optional<std::vector<Placement>> placements;
  bool reuse = true, fresh = true, resume = false;
  std::optional<Partners> partners;

  bool narrowed() const { return snis || hosts || placements; }
};
/// `node` and the result's section list are bound to each other's lifetime by the plan.
NodeAxes node_axes(const ProbeNode& node, const Axes& axes);

/// How many partners the pairs of a node have for each name.
size_t partners_of(const NodeAxes& axes);
/// The place of such a partner among the node's names; `index` counts a name's partners from 0.
size_t partner_at(const NodeAxes& axes, size_t name, size_t index);

void add_baselines(const NodeAxes& axes, PlanSections& sections);
void add_rest(const NodeAxes& axes, PlanSections& sections);
/// Those of the questions that are for this node.
void add_given(const ProbeNode& node, const std::vector<ConnectionQuestion>& questions, PlanSections& sections);

}  // namespace astray
