#include "watch/rounds/ask_again.h"

#include <algorithm>
#include <set>

#include "names/authority.h"
#include "probe/plan_values.h"

namespace astray::watch {
namespace {

/// What is sent for one name, without port, trailing dot and upper case.
std::string plain_name_of(const std::string& sent) {
  const auto authority = Authority::parse(sent);
  return authority && authority->host.name() != nullptr ? std::string(authority->host.name()->text()) : sent;
}

std::optional<std::string> if_sent(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

}  // namespace

std::optional<ConnectionQuestion> question_of(const CellKey& key, const std::vector<ProbeNode>& nodes) {
  const auto node = std::find_if(nodes.begin(), nodes.end(),
                                 [&](const ProbeNode& each) { return each.endpoint.text() == key.node; });
  if (node == nodes.end()) return std::nullopt;
  NodeAxes axes;
  axes.node = &*node;
  const ClientCertificateIndex certificate =
      key.client_certificate == 0 ? ClientCertificateIndex() : ClientCertificateIndex(key.client_certificate - 1);
  ConnectionQuestion question =
      connection_with(axes, value_sent_as(if_sent(key.sni), *node), key.alpn, certificate);
  question.use = key.use;
  question.requests.push_back(
      request_for(axes, value_sent_as(if_sent(key.authority), *node), Placement::usual, question));
  return question;
}

AgainPlan again_plan(std::span<const CellKey> keys, const std::vector<std::string>& further_names,
                     const std::vector<ProbeNode>& nodes, const Axes& axes) {
  std::set<std::string> names(further_names.begin(), further_names.end());
  for (const CellKey& key : keys) {
    names.insert(plain_name_of(key.sni));
    names.insert(plain_name_of(key.authority));
  }
  AgainPlan again;
  for (const ProbeNode& node : nodes) {
    ProbeNode some = node.without_names();
    for (size_t i = 0; i < node.names.size(); ++i) {
      if (names.count(node.names[i]) != 0) some.add_name_of(node, i);
    }
    const bool is_asked = std::any_of(keys.begin(), keys.end(),
                                      [&](const CellKey& key) { return key.node == node.endpoint.text(); });
    if (is_asked || !some.names.empty()) again.nodes.push_back(std::move(some));
  }
  again.axes.alpns = axes.alpns;
  again.axes.client_certificates = axes.client_certificates;
  again.axes.partners = Partners{};
  for (const CellKey& key : keys) {
    if (key.is_baseline()) continue;
    if (std::optional<ConnectionQuestion> question = question_of(key, again.nodes))
      again.questions.push_back(std::move(*question));
  }
  return again;
}

}  // namespace astray::watch
