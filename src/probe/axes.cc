#include "probe/axes.h"

#include <fmt/format.h>

#include <algorithm>

#include "probe/plan_sections.h"
#include "probe/plan_values.h"

namespace astray {

struct Plan::Layout {
  std::vector<ProbeNode> nodes;
  std::vector<NodeAxes> axes;
  PlanSections sections;
  std::vector<Part> parts;
  std::vector<std::string> notes;
};

namespace {

/// Counts what holds for several nodes, and names the first.
class NodeNote {
 public:
  void hold_for(const ProbeNode& node) {
    if (count_++ == 0) first_ = node.endpoint.text();
  }
  void add_to(std::vector<std::string>& notes, std::string_view what) const {
    if (count_ == 0) return;
    const std::string more = count_ == 1 ? "" : fmt::format(" and {} more", count_ - 1);
    notes.push_back(fmt::format("{}{}: {}", first_, more, what));
  }

 private:
  std::string first_;
  size_t count_ = 0;
};

/// A connection to be reused is opened for a known name in its plain spelling.
bool opens_for_reuse(const NodeAxes& axes) {
  if (!axes.snis) return !axes.node->names.empty();
  const std::vector<AxisValue> snis = expand(*axes.snis, *axes.node);
  return std::any_of(snis.begin(), snis.end(),
                     [](const AxisValue& sni) { return sni.spelling == Spelling::plain; });
}

std::vector<std::string> notes_of(const std::vector<NodeAxes>& nodes) {
  NodeNote ring, clear, other, unnamed, unopened;
  bool resumes = false, chunks = false;
  for (const NodeAxes& axes : nodes) {
    const ProbeNode& node = *axes.node;
    if (node.protocol == PortProtocol::http) {
      clear.hold_for(node);
    } else if (node.protocol != PortProtocol::https) {
      other.hold_for(node);
      continue;
    }
    if (node.names.empty()) unnamed.hold_for(node);
    if (node.protocol != PortProtocol::https) continue;
    if ((!axes.narrowed() || axes.resume) && node.names.size() > 1 && !axes.partners &&
        partners_of(axes) < node.names.size() - 1)
      ring.hold_for(node);
    if (axes.reuse && axes.narrowed() && !opens_for_reuse(axes)) unopened.hold_for(node);
    resumes = resumes || axes.resume;
    chunks = chunks || (axes.reuse && axes.preset == AxesPreset::full);
  }
  std::vector<std::string> notes;
  ring.add_to(notes,
              fmt::format("has more than {} names, so each is asked together with the next {} in the order "
                          "given, not with every other name; --axes full asks for all pairs",
                          ring_above, ring_neighbours));
  clear.add_to(notes, "is in clear, so SNI, ALPN, sessions and reuse across names are not asked about");
  other.add_to(notes, "speaks FTP or SMTP, so one connection reads who answers");
  unnamed.add_to(notes, "has no name to ask for, so only its default answers are asked");
  unopened.add_to(
      notes,
      "no connection is opened to be reused, since --sni has none of the node's names; make the name a "
      "TARGET to have one opened for it");
  if (resumes)
    notes.emplace_back(
        "a session of one name is offered under other names on connections of their own; the request asks "
        "for "
        "the SNI's name, and with --axes full also for the session's");
  if (chunks)
    notes.push_back(
        fmt::format("a reused connection carries at most {} requests, and none without a name, since servers "
                    "close after those",
                    requests_per_connection));
  return notes;
}

}  // namespace

Plan::Plan(std::vector<ProbeNode> nodes, const Axes& axes, std::vector<ConnectionQuestion> also) {
  auto layout = std::make_shared<Layout>();
  layout->nodes = std::move(nodes);
  // The sections point at these: neither list may move from here on.
  for (const ProbeNode& node : layout->nodes) layout->axes.push_back(node_axes(node, axes));
  for (const Phase phase : {Phase::baselines, Phase::rest}) {
    for (size_t node = 0; node < layout->axes.size(); ++node) {
      Part part{phase, node, layout->sections.size(), 0, cells_};
      if (phase == Phase::baselines) add_baselines(layout->axes[node], layout->sections);
      if (phase == Phase::rest) {
        add_rest(layout->axes[node], layout->sections);
        add_given(layout->nodes[node], also, layout->sections);
      }
      part.end = layout->sections.size();
      for (size_t section = part.begin; section < part.end; ++section) {
        connections_ += layout->sections[section]->connections();
        cells_ += layout->sections[section]->cells();
      }
      layout->parts.push_back(part);
    }
  }
  layout->notes = notes_of(layout->axes);
  layout_ = std::move(layout);
}

const std::vector<ProbeNode>& Plan::nodes() const {
  return layout_->nodes;
}
const std::vector<std::string>& Plan::notes() const {
  return layout_->notes;
}

const std::vector<Plan::Part>& Plan::parts() const {
  return layout_->parts;
}

Plan::Cursor::Cursor(const Plan& plan) : plan_(&plan), end_(plan.layout_->sections.size()) {}

Plan::Cursor::Cursor(const Plan& plan, const Part& part)
    : plan_(&plan), section_(part.begin), end_(part.end), cells_before_(part.cells_before) {}

std::optional<ConnectionQuestion> Plan::Cursor::next() {
  const PlanSections& sections = plan_->layout_->sections;
  cells_before_ += last_cells_;
  last_cells_ = 0;
  while (section_ < end_ && index_ == sections[section_]->connections()) {
    ++section_;
    index_ = 0;
  }
  if (section_ == end_) return std::nullopt;
  ConnectionQuestion question = sections[section_]->at(index_++);
  last_cells_ = question.requests.size();
  return question;
}

}  // namespace astray
