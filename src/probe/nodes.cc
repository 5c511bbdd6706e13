#include "probe/nodes.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "io/task_group.h"

namespace astray {
namespace {

using Addresses = Result<std::vector<IpAddress>, ResolveError>;
using Answers = std::map<Hostname, std::optional<Addresses>>;

constexpr size_t most_questions = 100;

Task<void> look_up(Resolver& resolver, const Hostname& name, std::optional<Addresses>& into) {
  Hostname asked = name;
  into = co_await resolver.resolve(std::move(asked));
}

/// Collects nodes and names in the order of the targets, each once.
class NodeList {
 public:
  void add(const ProbeTarget& target, const std::vector<Endpoint>& endpoints) {
    const Hostname* name = target.host.name();
    for (const Endpoint& endpoint : endpoints) {
      const auto [index, is_new] = nodes_.try_emplace({endpoint, target.protocol}, found_.nodes.size());
      if (is_new) found_.nodes.push_back({endpoint, target.protocol, {}});
      if (name == nullptr) continue;
      ProbeNode& node = found_.nodes[index->second];
      if (asked_.emplace(index->second, *name).second) {
        node.names.emplace_back(name->text());
        node.name_ports.push_back(target.port);
      }
      const auto [place, new_name] = names_.try_emplace(*name, found_.names.size());
      if (new_name) found_.names.push_back({std::string(name->text()), {}});
      std::vector<IpAddress>& addresses = found_.names[place->second].addresses;
      if (std::find(addresses.begin(), addresses.end(), endpoint.address) == addresses.end()) {
        addresses.push_back(endpoint.address);
      }
    }
  }
  void add_unresolved(const ProbeTarget& target, std::string message) {
    found_.unresolved.push_back({target.text, std::move(message)});
  }
  ProbeNodes take() { return std::move(found_); }

 private:
  ProbeNodes found_;
  std::map<std::pair<Endpoint, PortProtocol>, size_t> nodes_;
  std::set<std::pair<size_t, Hostname>> asked_;
  std::map<Hostname, size_t> names_;
};

}  // namespace

Task<ProbeNodes> find_nodes(Loop& loop, Resolver& resolver, std::vector<ProbeTarget> targets,
                            std::vector<NodeOverride> instead) {
  Answers answers;
  TaskGroup questions(loop, most_questions);
  for (const ProbeTarget& target : targets) {
    const Hostname* name = target.host.name();
    if (name == nullptr || target.pinned || !instead.empty()) continue;
    const auto [entry, is_new] = answers.try_emplace(*name);
    if (!is_new) continue;
    Task<void> question = look_up(resolver, entry->first, entry->second);
    co_await questions.start(std::move(question));
  }
  co_await questions.all_ended();

  NodeList found;
  for (const ProbeTarget& target : targets) {
    std::vector<Endpoint> endpoints;
    for (const NodeOverride& node : instead)
      endpoints.push_back({node.address, node.port.value_or(target.port)});
    if (endpoints.empty() && target.pinned) endpoints.push_back({*target.pinned, target.port});
    if (endpoints.empty() && target.host.address() != nullptr)
      endpoints.push_back({*target.host.address(), target.port});
    if (endpoints.empty()) {
      const Addresses& addresses = *answers.at(*target.host.name());
      if (!addresses) {
        found.add_unresolved(target, addresses.error().message);
        continue;
      }
      for (const IpAddress& address : *addresses) endpoints.push_back({address, target.port});
    }
    found.add(target, endpoints);
  }
  co_return found.take();
}

}  // namespace astray
