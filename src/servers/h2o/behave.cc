// What h2o answers: src/main.c (resolve_sni), lib/core/request.c (find_hostconf, h2o_req_setup).
#include "base/ascii.h"
#include "servers/h2o/behave.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "servers/h2o/parts.h"

namespace astray::h2o {
namespace {

/// The hosts of a listener, found without going through all of them.
class HostIndex {
 public:
  HostIndex(const Parts& parts, const ListenerEntry& listener) : parts_(parts), listener_(listener) {
    for (size_t i = 0; i < listener.hosts.size(); ++i) {
      const HostEntry& host = parts.hosts[listener.hosts[i]];
      if (host.name.starts_with('*')) wildcards_.push_back(i);
      else exact_[host.name].push_back(i);
    }
  }

  /// The first in the configuration's order whose name and port fit.
  std::optional<size_t> find(std::string_view lower_name, int port, int default_port) const {
    std::optional<size_t> best;
    const auto consider = [&](size_t i) {
      const HostEntry& host = parts_.hosts[listener_.hosts[i]];
      if (host.port.value_or(default_port) == port && (!best || i < *best)) best = i;
    };
    if (const auto same = exact_.find(std::string(lower_name)); same != exact_.end())
      for (const size_t i : same->second) consider(i);
    for (const size_t i : wildcards_)
      if (matches(parts_.hosts[listener_.hosts[i]].name, lower_name)) consider(i);
    if (!best) return std::nullopt;
    return listener_.hosts[*best];
  }

 private:
  const Parts& parts_;
  const ListenerEntry& listener_;
  std::unordered_map<std::string, std::vector<size_t>> exact_;
  std::vector<size_t> wildcards_;
};

class H2oBehaviour final : public Behaviour {
 public:
  explicit H2oBehaviour(const Deployment& deployment) : deployment_(deployment), parts_(deployment.h2o.get()) {
    if (parts_ == nullptr) return;
    for (const ListenerEntry& each : parts_->listeners) {
      indices_.emplace_back(*parts_, each);
      tls_.emplace_back(each.tls);
    }
  }

  ExpectedHandshake handshake(ListenerId listener, const ConnectionFacts& connection) const override;
  ExpectedAnswer answer(ListenerId listener, const ConnectionFacts& connection, const ExpectedHandshake& handshake,
                        const RequestFacts& request) const override;
  Lookup find_virtual_host(ListenerId listener, std::string_view name) const override;

 private:
  const ListenerEntry& entry(ListenerId id) const { return parts_->listeners[static_cast<size_t>(id)]; }
  Lookup look_up(ListenerId listener, std::string_view authority, int default_port) const;

  const Deployment& deployment_;
  const Parts* parts_;
  std::vector<HostIndex> indices_;
  std::vector<TlsIndex> tls_;
};

ExpectedHandshake refuse(ExpectedHandshake handshake, Reason reason, std::string_view alert) {
  handshake.outcome = HandshakeOutcome::rejected;
  handshake.reason = reason;
  handshake.alert = alert;
  return handshake;
}

ExpectedHandshake H2oBehaviour::handshake(ListenerId listener_id, const ConnectionFacts& connection) const {
  const Listener& listener = deployment_.listener(listener_id);
  ExpectedHandshake handshake;
  handshake.source = listener.span;
  if (parts_ == nullptr) return handshake;
  handshake.virtual_host = listener.default_virtual_host;
  const bool offers_h2 = connection.alpn == AlpnOffer::h2 || connection.alpn == AlpnOffer::h2_only;
  if (!listener.tls.value) {
    if (connection.scheme == Scheme::https) return refuse(handshake, Reason::scheme_mismatch, "");
    handshake.outcome = HandshakeOutcome::cleartext;
    handshake.reason = Reason::own_name;
    if (connection.alpn == AlpnOffer::h2_only) handshake.protocol = Protocol::h2;  // by its preface
    return handshake;
  }
  if (connection.scheme == Scheme::http) return refuse(handshake, Reason::scheme_mismatch, "");
  const std::vector<TlsEntry>& entries = entry(listener_id).tls;
  if (entries.empty()) return handshake;
  const TlsEntry* chosen = &entries.front();
  if (connection.sni) {
    const std::string sni = ascii_lower(connection.sni->bytes());
    if (const auto found = tls_[static_cast<size_t>(listener_id)].find(sni)) {
      chosen = &entries[*found];
      handshake.sni_matched = true;
    }
    const Lookup named = look_up(listener_id, sni, 443);
    if (named.match != NameMatch::default_host) {
      handshake.virtual_host = named.virtual_host;
      handshake.sni_matched = true;
    }
  }
  handshake.certificate = &chosen->certificate;
  handshake.source = chosen->certificate.span;
  if (offers_h2) handshake.protocol = Protocol::h2;
  handshake.outcome = HandshakeOutcome::ok;
  handshake.reason = handshake.sni_matched ? Reason::own_name : Reason::default_virtual_host;
  return handshake;
}

Behaviour::Lookup H2oBehaviour::look_up(ListenerId listener_id, std::string_view authority, int default_port) const {
  const Listener& listener = deployment_.listener(listener_id);
  const Lookup by_default{listener.default_virtual_host, NameMatch::default_host};
  if (entry(listener_id).hosts.empty()) return {VirtualHostId::none, NameMatch::default_host};
  const auto parsed = parse_host_and_port(authority);
  if (!parsed) return by_default;
  const std::string name = ascii_lower(parsed->host);
  const auto found = indices_[static_cast<size_t>(listener_id)].find(name, parsed->port.value_or(default_port), default_port);
  if (!found) return by_default;
  const bool is_wildcard = parts_->hosts[*found].name.starts_with('*');
  return {static_cast<VirtualHostId>(*found), is_wildcard ? NameMatch::wildcard : NameMatch::exact};
}

ExpectedAnswer H2oBehaviour::answer(ListenerId listener_id, const ConnectionFacts& connection,
                                    const ExpectedHandshake& handshake, const RequestFacts& request) const {
  ExpectedAnswer answer;
  answer.source = handshake.source;
  const bool is_tls = handshake.outcome == HandshakeOutcome::ok;
  if (parts_ == nullptr || (!is_tls && handshake.outcome != HandshakeOutcome::cleartext)) return answer;
  std::string_view authority;
  if (request.pseudo_authority) authority = request.pseudo_authority->bytes();
  // Of several Host fields the last counts; over HTTP/2 none does, be there an :authority or not.
  else if (handshake.protocol == Protocol::h1 && !request.host_fields.empty()) authority = request.host_fields.back().bytes();
  const Lookup found = look_up(listener_id, authority, is_tls ? 443 : 80);
  answer.virtual_host = found.virtual_host;
  answer.match = found.match;
  if (found.virtual_host == VirtualHostId::none) {
    // Every host is strict-match: the fallback host has no pages.
    answer.outcome = AnswerOutcome::reject;
    answer.reason = Reason::unowned;
    answer.status = 404;
    return answer;
  }
  const VirtualHost& host = deployment_.virtual_host(found.virtual_host);
  answer.source = host.span;
  const std::string sni = connection.sni ? ascii_lower(connection.sni->bytes()) : "";
  const auto parsed = parse_host_and_port(authority);
  const bool is_sni = parsed && ascii_lower(parsed->host) == sni;
  if (found.match == NameMatch::default_host) answer.reason = Reason::default_virtual_host;
  else answer.reason = !is_tls || sni.empty() || is_sni ? Reason::own_name : Reason::coalesced;
  answer.outcome = AnswerOutcome::serve;
  // A target in absolute form is taken for a path, which no host has as a file.
  const bool is_absolute = handshake.protocol == Protocol::h1 && request.target_authority.has_value();
  if (!host.fixed_status.known()) {
    answer.outcome = AnswerOutcome::unknowable;
    answer.reason = Reason::configuration_unknowable;
    answer.source = host.fixed_status.span;
    return answer;
  }
  answer.status = host.fixed_status.value;
  if (is_absolute && answer.status == 0 && host.back_edges.empty()) answer.status = 404;
  if (answer.status < 400) return answer;
  answer.outcome = AnswerOutcome::reject;
  if (found.match == NameMatch::default_host || answer.status == 421) answer.reason = Reason::unowned;
  if (host.fixed_status.span.known()) answer.source = host.fixed_status.span;
  return answer;
}

Behaviour::Lookup H2oBehaviour::find_virtual_host(ListenerId listener_id, std::string_view name) const {
  if (parts_ == nullptr) return {VirtualHostId::none, NameMatch::default_host};
  return look_up(listener_id, name, deployment_.listener(listener_id).tls.value ? 443 : 80);
}

}  // namespace

std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment) {
  return std::make_unique<H2oBehaviour>(deployment);
}

}  // namespace astray::h2o
