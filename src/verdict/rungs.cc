#include "verdict/rungs.h"

#include <algorithm>

namespace astray {
namespace {

bool contains(std::span<const IpAddress> addresses, const IpAddress& address) {
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

constexpr RungOutcome pass_if(bool condition) {
  return condition ? RungOutcome::pass : RungOutcome::refuse;
}
constexpr RungOutcome accept_if(bool condition) {
  return condition ? RungOutcome::accept : RungOutcome::pass;
}

}  // namespace

AddressMatch match_address(const PooledConnection& connection, const NewRequest& request) {
  if (!request.dns) return AddressMatch::undecided;
  if (connection.peer)
    return contains(*request.dns, *connection.peer) ? AddressMatch::same : AddressMatch::other;
  if (request.dns->empty()) return AddressMatch::other;
  if (!connection.origin_dns || connection.origin_dns->empty()) return AddressMatch::undecided;
  auto shared = std::count_if(connection.origin_dns->begin(), connection.origin_dns->end(),
                              [&](const IpAddress& address) { return contains(*request.dns, address); });
  if (shared == 0) return AddressMatch::other;
  bool all_shared = static_cast<size_t>(shared) == connection.origin_dns->size();
  return all_shared ? AddressMatch::same : AddressMatch::undecided;
}

Port peer_port(const PooledConnection& connection) {
  return connection.peer_port.value_or(connection.origin.port);
}

bool origin_set_names(const PooledConnection& connection, const NewRequest& request) {
  if (!connection.origin_set) return false;
  return std::find(connection.origin_set->begin(), connection.origin_set->end(), request.origin) !=
         connection.origin_set->end();
}

RungOutcome undecided(const RungFacts& facts) {
  return facts.unknown_addresses == UnknownAddresses::assume_same_address ? RungOutcome::assumed
                                                                          : RungOutcome::unknown;
}

namespace rungs {

RungOutcome check_first_attempt(const RungFacts& facts) {
  return pass_if(facts.request.attempt == Attempt::first);
}

RungOutcome check_alive(const RungFacts& facts) {
  return pass_if(facts.connection.liveness == Liveness::open);
}

RungOutcome check_idle(const RungFacts& facts) {
  return pass_if(facts.connection.protocol != Protocol::h1 || facts.connection.streams_left != 0);
}

RungOutcome check_room(const RungFacts& facts) {
  return pass_if(facts.connection.streams_left != 0);
}

RungOutcome check_settings(const RungFacts& facts) {
  return pass_if(facts.connection.settings == SettingsState::received);
}

RungOutcome check_same_key(const RungFacts& facts) {
  return accept_if(facts.connection.origin == facts.request.origin &&
                   facts.request.partition == Partition::same &&
                   facts.connection.route == facts.request.route);
}

RungOutcome check_same_origin(const RungFacts& facts) {
  return accept_if(facts.connection.origin == facts.request.origin);
}

RungOutcome check_h2(const RungFacts& facts) {
  return pass_if(facts.connection.protocol == Protocol::h2);
}
RungOutcome check_h3(const RungFacts& facts) {
  return pass_if(facts.connection.protocol == Protocol::h3);
}

RungOutcome check_multiplexed(const RungFacts& facts) {
  return pass_if(facts.connection.protocol != Protocol::h1);
}

RungOutcome check_tls(const RungFacts& facts) {
  return pass_if(facts.connection.origin.scheme == Scheme::https &&
                 facts.request.origin.scheme == Scheme::https);
}

RungOutcome check_same_scheme(const RungFacts& facts) {
  return pass_if(facts.connection.origin.scheme == facts.request.origin.scheme);
}

RungOutcome check_direct(const RungFacts& facts) {
  return pass_if(facts.connection.route == Route::direct && facts.request.route == Route::direct);
}

RungOutcome check_same_route(const RungFacts& facts) {
  return pass_if(facts.connection.route == facts.request.route);
}

RungOutcome check_same_partition(const RungFacts& facts) {
  return pass_if(facts.request.partition == Partition::same);
}

RungOutcome check_extended_connect(const RungFacts& facts) {
  return pass_if(facts.request.kind == RequestKind::plain ||
                 facts.connection.extended_connect == ExtendedConnect::on);
}

RungOutcome check_no_mark(const RungFacts& facts) {
  return pass_if(facts.connection.mark == CoalescingMark::none);
}

RungOutcome check_dns_answer(const RungFacts& facts) {
  return facts.request.dns ? pass_if(!facts.request.dns->empty()) : undecided(facts);
}

RungOutcome check_service_record(const RungFacts& facts) {
  return pass_if(facts.request.service_record != ServiceRecord::forbids_protocol);
}

RungOutcome check_same_address(const RungFacts& facts) {
  switch (match_address(facts.connection, facts.request)) {
    case AddressMatch::same:
      return RungOutcome::pass;
    case AddressMatch::other:
      return RungOutcome::refuse;
    case AddressMatch::undecided:
      return undecided(facts);
  }
  return RungOutcome::unknown;
}

RungOutcome check_same_peer_port(const RungFacts& facts) {
  return pass_if(peer_port(facts.connection) == facts.request.origin.port);
}

RungOutcome check_same_port(const RungFacts& facts) {
  return pass_if(facts.connection.origin.port == facts.request.origin.port);
}

RungOutcome check_origin_set(const RungFacts& facts) {
  return pass_if(!facts.connection.origin_set || origin_set_names(facts.connection, facts.request));
}

RungOutcome check_certificate_accepted(const RungFacts& facts) {
  return pass_if(facts.connection.trust == CertificateTrust::accepted);
}

RungOutcome check_no_client_certificate(const RungFacts& facts) {
  return pass_if(facts.connection.client_certificate == ClientCertificateUse::not_sent);
}

RungOutcome check_certificate_covers(const RungFacts& facts) {
  std::span<const CertificateName> names = facts.connection.certificate_names;
  return pass_if(std::any_of(names.begin(), names.end(), [&](const CertificateName& name) {
    return name.covers(facts.request.origin.host);
  }));
}

RungOutcome check_pins(const RungFacts& facts) {
  return pass_if(facts.request.pins == KeyPins::none_or_matched);
}

RungOutcome check_transparency(const RungFacts& facts) {
  return pass_if(facts.request.transparency == Transparency::met_or_not_required);
}

}  // namespace rungs
}  // namespace astray
