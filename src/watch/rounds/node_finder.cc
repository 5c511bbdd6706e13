#include "watch/rounds/node_finder.h"

#include <fmt/format.h>

#include "io/deadline.h"

namespace astray::watch {
namespace {

constexpr size_t most_names_said = 5;

std::string unresolved_text(const std::vector<UnresolvedTarget>& unresolved) {
  std::string text = "DNS: ";
  for (size_t i = 0; i < std::min(unresolved.size(), most_names_said); ++i)
    text += fmt::format("{}{} ({})", i == 0 ? "" : ", ", unresolved[i].target, unresolved[i].message);
  if (unresolved.size() > most_names_said) text += fmt::format(" and {} more", unresolved.size() - most_names_said);
  return text + " could not be resolved; the addresses that were known before are asked, where there are any";
}

}  // namespace

Task<NodeFinder::Found> NodeFinder::find(std::vector<ProbeTarget> targets, std::vector<NodeOverride> instead,
                                         Duration patience) {
  Found found;
  Task<ProbeNodes> asking = find_nodes(loop_, resolver_, targets, instead);
  Result<ProbeNodes, TimedOut> fresh = co_await with_deadline(loop_, std::move(asking), loop_.now() + patience);
  if (fresh) {
    if (instead.empty()) learn(*fresh);
    found.nodes = std::move(*fresh);
    if (found.nodes.unresolved.empty()) co_return found;
    found.troubles.push_back(unresolved_text(found.nodes.unresolved));
  } else {
    found.troubles.emplace_back(
        "DNS: no answer came in time; the addresses that were known before are asked, where there are any");
  }
  std::vector<ProbeTarget> before = pinned(targets);
  std::vector<UnresolvedTarget> unresolved = std::move(found.nodes.unresolved);
  found.nodes = co_await find_nodes(loop_, resolver_, std::move(before), {});
  found.nodes.unresolved = std::move(unresolved);
  co_return found;
}

std::vector<ProbeTarget> NodeFinder::pinned(const std::vector<ProbeTarget>& targets) const {
  std::vector<ProbeTarget> all;
  for (const ProbeTarget& target : targets) {
    const Hostname* name = target.host.name();
    if (name == nullptr || target.pinned) {
      all.push_back(target);
      continue;
    }
    const auto known = known_.find(std::string(name->text()));
    if (known == known_.end()) continue;
    for (const IpAddress& address : known->second) {
      all.push_back(target);
      all.back().pinned = address;
    }
  }
  return all;
}

void NodeFinder::learn(const ProbeNodes& found) {
  for (const ResolvedName& name : found.names) known_[name.name] = name.addresses;
}

}  // namespace astray::watch
