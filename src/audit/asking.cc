#include "audit/asking.h"

#include <fmt/format.h>

namespace astray {
namespace {

/// Takes over what the handshake settled.
void settle(ConnectionFacts& connection, const ExpectedHandshake& handshake, const Deployment& deployment) {
  connection.protocol = handshake.protocol;
  if (handshake.certificate && handshake.certificate->certificate)
    connection.certificate_names = handshake.certificate->certificate->names.in_file_order();
  if (handshake.virtual_host != VirtualHostId::none)
    connection.policy = digest(deployment.virtual_host(handshake.virtual_host).tls);
}

}  // namespace

ConnectionFacts connection_for(const Listener& listener, std::optional<std::string_view> name,
                               const std::optional<ClientCertificate>& certificate) {
  ConnectionFacts connection;
  connection.scheme = Scheme::https;
  connection.local_address = listener.address.ip;
  connection.local_port = listener.address.port;
  if (name) connection.sni = RawHost(std::string(*name));
  connection.alpn = AlpnOffer::h2;
  connection.client_certificate = certificate;
  return connection;
}

RequestFacts request_for(std::string_view name, Port port, Protocol protocol) {
  std::string authority =
      port == Port::of(Scheme::https) ? std::string(name) : fmt::format("{}:{}", name, port.number());
  RequestFacts request;
  if (protocol == Protocol::h1) {
    request.host_fields.emplace_back(std::move(authority));
  } else {
    request.scheme = Scheme::https;
    request.pseudo_authority = RawHost(std::move(authority));
  }
  return request;
}

std::optional<ClientCertificate> accepted_certificate(const VirtualHost& virtual_host) {
  const TlsSettings& tls = virtual_host.tls;
  if (!tls.client_authentication.known() || tls.client_authentication.value == ClientAuthentication::off)
    return std::nullopt;
  const ClientAuthorities& authorities = tls.client_authorities;
  if (!authorities.trusted_digests.empty()) return ClientCertificate{authorities.trusted_digests.front()};
  if (authorities.digest) return ClientCertificate{*authorities.digest};
  return std::nullopt;
}

Expected ask_fresh(const Topology& topology, SiteId site, ListenerId listener_id, std::string_view name,
                   const std::optional<ClientCertificate>& certificate) {
  const Deployment& deployment = topology.deployment(site);
  const Listener& listener = deployment.listener(listener_id);
  const Behaviour& behaviour = topology.behaviour(site);
  ConnectionFacts connection = connection_for(listener, name, certificate);
  Expected expected;
  expected.handshake = behaviour.handshake(listener_id, connection);
  if (expected.handshake.outcome == HandshakeOutcome::ok) {
    settle(connection, expected.handshake, deployment);
    expected.answer = behaviour.answer(listener_id, connection, expected.handshake,
                                       request_for(name, listener.named_port(), connection.protocol));
  } else {
    if (expected.handshake.outcome == HandshakeOutcome::rejected)
      expected.answer.outcome = AnswerOutcome::reject;
    expected.answer.reason = expected.handshake.reason;
    expected.answer.source = expected.handshake.source;
  }
  return expected;
}

Comparison compare(const Topology& topology, SiteId site, ListenerId listener_id, std::string_view carrier,
                   std::string_view rider, const std::optional<ClientCertificate>& certificate) {
  const Deployment& deployment = topology.deployment(site);
  const Listener& listener = deployment.listener(listener_id);
  const Behaviour& behaviour = topology.behaviour(site);
  Comparison comparison;
  comparison.fresh = ask_fresh(topology, site, listener_id, rider, certificate);

  ConnectionFacts connection = connection_for(listener, carrier, certificate);
  comparison.connection = behaviour.handshake(listener_id, connection);
  if (comparison.connection.outcome != HandshakeOutcome::ok) return comparison;
  settle(connection, comparison.connection, deployment);
  comparison.coalesced =
      behaviour.answer(listener_id, connection, comparison.connection,
                       request_for(rider, listener.named_port(), comparison.connection.protocol));
  return comparison;
}

}  // namespace astray
