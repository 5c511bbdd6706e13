#include "gateway/ownership/request_decision.h"

namespace astray::gateway {
namespace {

/// Where the owner, or whoever else has the name, serves it over TLS.
std::optional<Port> tls_port_of(const Owners& owners, const std::optional<AuthorityTable::Found>& owner,
                                const Host& host) {
  if (owner) return owners.tls_port_of[owners.configured[owner->virtual_host]];
  for (const Port port : owners.tls_ports)
    if (owners.table->find({Scheme::https, port}, host)) return port;
  return std::nullopt;
}

/// What a listener without TLS says about names that have it; absent: it serves them.
std::optional<Decision> send_to_tls(const Owners& owners, const ListenerSettings& listener,
                                    const std::optional<AuthorityTable::Found>& owner,
                                    const ConnectionFacts& connection, const Asked& asked) {
  if (listener.cleartext == CleartextAnswer::serve) return std::nullopt;
  const std::optional<Port> port = tls_port_of(owners, owner, asked.origin.host);
  if (!port) return std::nullopt;
  Ownership ownership;
  ownership.claim = Claim::by_name;
  Decision decision{.verdict = judge_request(connection, asked, ownership), .owner = owner};
  // Who asks for another port is not sent to this name's https, but told so.
  if (decision.verdict.answer != Answer::serve) return std::nullopt;
  if (listener.cleartext == CleartextAnswer::redirect) {
    decision.verdict.answer = Answer::serve;
    decision.verdict.reason = Reason::own_name;
    decision.redirect_to = port;
  } else {
    decision.verdict.answer = Answer::misdirected;
    decision.verdict.reason = Reason::scheme_mismatch;
  }
  return decision;
}

/// Two addresses may share a port, and a virtual host be at one of them alone.
bool is_elsewhere(const Owners& owners, const ListenerSettings& listener,
                  const AuthorityTable::Found& owner) {
  const auto belongs = owners.belongs.find(listener.name.value.text);
  return belongs != owners.belongs.end() && !belongs->second[owners.configured[owner.virtual_host]];
}

}  // namespace

Decision decide_request(const Owners& owners, const ListenerSettings* listener, UnownedSetting unowned,
                        const ConnectionFacts& connection, const Asked& asked) {
  // A trusted gateway may have been reached at another port and scheme than this listener has.
  Origin looked_up = asked.origin;
  if (connection.peer == Peer::trusted_gateway && listener != nullptr) {
    const SchemePort at = scheme_and_port(*listener);
    looked_up.scheme = at.scheme;
    looked_up.port = at.port;
  }
  const auto owner = owners.table->find({looked_up.scheme, looked_up.port}, looked_up.host);
  Ownership ownership = owners.table->owner_of(looked_up, connection.listener);
  if (!owner)
    ownership.if_unowned =
        unowned == UnownedSetting::not_found ? UnownedAnswer::not_found : UnownedAnswer::misdirected;
  const bool is_clear = asked.origin.scheme == Scheme::http && listener != nullptr && !listener->tls;
  if (is_clear)
    if (auto decision = send_to_tls(owners, *listener, owner, connection, asked)) return *decision;
  Decision decision{.verdict = judge_request(connection, asked, ownership), .owner = owner};
  const bool is_served_to_client =
      decision.verdict.answer == Answer::serve && connection.peer == Peer::client;
  if (is_served_to_client && listener != nullptr && is_elsewhere(owners, *listener, *owner)) {
    decision.verdict.answer = Answer::misdirected;
    decision.verdict.reason = Reason::more_specific_listener;
  }
  return decision;
}

}  // namespace astray::gateway
