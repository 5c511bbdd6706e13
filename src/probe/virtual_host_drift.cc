#include "probe/virtual_host_drift.h"

#include <fmt/format.h>

#include <map>

namespace astray {

void VirtualHostDrift::add(NodeIndex node, NameId name, const ProbeCell& baseline, const AnswerPrint& print) {
  const Prediction& prediction = baseline.prediction;
  if (prediction.agreement != Agreement::agrees || prediction.virtual_host.empty()) return;
  if (baseline.seen.status < 200 || baseline.seen.status >= 400) return;
  const uint64_t key = uint64_t{static_cast<uint32_t>(node)} << 32 | static_cast<uint32_t>(name);
  if (!seen_.insert(key).second) return;
  const auto id = static_cast<uint32_t>(prediction.expected.answer.virtual_host);
  own_.push_back({node, name, fmt::format("{} {}", prediction.site, id), prediction.virtual_host, print.exact,
                  baseline.id});
}

void VirtualHostDrift::find(const NameTable& names, const std::vector<ProbeNode>& nodes,
                            ProbeFindings& findings) const {
  std::map<NodeIndex, std::vector<const Own*>> by_node;
  for (const Own& own : own_) by_node[own.node].push_back(&own);
  for (const auto& [node, answers] : by_node) {
    find_at(answers, names, nodes.at(static_cast<size_t>(node)).endpoint.text(), findings);
  }
}

void VirtualHostDrift::find_at(const std::vector<const Own*>& answers, const NameTable& names,
                               const std::string& node, ProbeFindings& findings) {
  // The first answer of each virtual host with each page, and of each page.
  std::map<std::string, std::map<uint64_t, const Own*>> pages_of;
  std::map<uint64_t, std::vector<const Own*>> owners_of;
  for (const Own* own : answers) {
    pages_of[own->virtual_host].emplace(own->print, own);
    std::vector<const Own*>& owners = owners_of[own->print];
    const bool known = !owners.empty() && owners.front()->virtual_host == own->virtual_host;
    if (!known && owners.size() < 2) owners.push_back(own);
  }
  for (const Own* own : answers) {
    const std::map<uint64_t, const Own*>& pages = pages_of[own->virtual_host];
    if (pages.size() < 2) continue;
    const Own* sibling = pages.begin()->first != own->print ? pages.begin()->second : pages.rbegin()->second;
    for (const Own* other : owners_of[own->print]) {
      if (other->virtual_host == own->virtual_host) continue;
      ProbeFinding finding;
      finding.kind = ProbeFindingKind::drift;
      finding.severity = ProbeSeverity::error;
      finding.to = names.text(own->name);
      finding.sentence = fmt::format(
          "{} is answered as {} is, although the configuration has it in the virtual host {} together with "
          "{}, "
          "which is answered differently",
          finding.to, names.text(other->name), own->label, names.text(sibling->name));
      finding.next_step =
          "see whether the node runs this configuration and this release: reload it, or hand over the one it "
          "runs";
      ProbeFinding* kept =
          findings.add(std::move(finding), fmt::format("{} {}", own->label, names.text(own->name)));
      if (kept != nullptr) ProbeFindings::add_evidence(*kept, node, own->cell);
      break;
    }
  }
}

}  // namespace astray
