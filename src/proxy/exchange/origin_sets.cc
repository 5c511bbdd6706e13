#include "proxy/exchange/origin_sets.h"

#include <algorithm>

#include "names/origin.h"
#include "proxy/exchange/request_judge.h"

namespace astray::proxy {
namespace {

using gateway::VirtualHostSettings;
using Origins = std::vector<std::string>;

/// One wildcard may have very many names below it that this connection may not carry; whoever looked at so
/// many tells none.
constexpr size_t most_candidates = 10'000;

class OriginCollection {
 public:
  OriginCollection(const Site& site, const ClientConnection& connection, const Listener& listener)
      : site_(site), connection_(connection), listener_(listener), judge_(connection_) {}

  Origins run() {
    for (const CertificateName& name : connection_.facts.certificate_names) {
      if (name.is_wildcard())
        consider_below(name);
      else
        consider_exact(name.host());
      if (gave_up_) return {};
    }
    return std::move(origins_);
  }

 private:
  bool listener_has(const VirtualHostSettings& virtual_host) const {
    const auto& own = virtual_host.listeners;
    return own.empty() || std::any_of(own.begin(), own.end(), [&](const auto& label) {
             return label.value == listener_.settings->name.value;
           });
  }

  void consider_below(const CertificateName& wildcard) {
    const Hostname* parent = wildcard.host().name();
    if (parent == nullptr) return;
    site_.names_by_parent().each_below(parent->text(), [&](const NamesByParent::Entry& entry) {
      if (listener_has(*entry.virtual_host)) consider(Host(*entry.name));
      return !gave_up_;
    });
  }

  void consider_exact(const Host& host) {
    const auto found = site_.owners().table->find(listener_.at, host);
    if (!found || found->match != gateway::AuthorityTable::Match::exact) return;
    if (listener_has(*site_.virtual_host(found->virtual_host).settings)) consider(host);
  }

  void consider(const Host& host) {
    if (++candidates_ > most_candidates) gave_up_ = true;
    const Origin origin{listener_.at.scheme, host, listener_.at.port};
    const std::string text = origin.text();
    RequestNames names;
    names.scheme = origin.scheme;
    names.pseudo_authority = std::string_view(text).substr(text.find("//") + 2);
    if (judge_.judge(site_, names).verdict.answer != Answer::serve) return;
    if (std::find(origins_.begin(), origins_.end(), text) == origins_.end()) origins_.push_back(text);
    if (origins_.size() > listener_.settings->origin_frames.most) gave_up_ = true;
  }

  const Site& site_;
  const ClientConnection& connection_;
  const Listener& listener_;
  RequestJudge judge_;
  Origins origins_;
  size_t candidates_ = 0;
  bool gave_up_ = false;
};

}  // namespace

std::span<const std::string> OriginSets::of(const Site& site, const ClientConnection& connection) {
  const Listener* listener = site.listener(connection.listener);
  if (listener == nullptr || !listener->tls || !listener->settings->origin_frames.send) return {};
  if (connection.facts.peer == Peer::trusted_gateway) return {};
  const Key key{connection.listener, connection.virtual_host, connection.facts.sni.has_value()};
  const auto known = sets_.find(key);
  if (known != sets_.end()) return known->second;
  return sets_.emplace(key, OriginCollection(site, connection, *listener).run()).first->second;
}

}  // namespace astray::proxy
