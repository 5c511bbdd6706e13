#include "audit/misdirection.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>

#include "servers/kubernetes/parts.h"

namespace astray {
namespace {

/// Up to so many classes of a group are compared each with each.
constexpr size_t few_classes = 32;
/// Beyond that, each class with at most so many others, one of each policy.
constexpr size_t max_representatives = 16;
/// Policies of riders that one group reports one by one for one kind of misdirection; the rest is counted.
constexpr size_t max_reported_policies = 16;

/// The client certificates worth asking about: none, one that the rider accepts, one that the carrier
/// accepts.
std::vector<std::optional<ClientCertificate>> certificates_for(const VirtualHost& carrier,
                                                               const VirtualHost& rider) {
  std::vector<std::optional<ClientCertificate>> certificates;
  std::set<std::string> seen;
  for (const VirtualHost* virtual_host : {&rider, &carrier})
    if (auto accepted = accepted_certificate(*virtual_host))
      if (seen.insert(accepted->authority_digest).second) certificates.push_back(std::move(accepted));
  certificates.emplace_back(std::nullopt);
  return certificates;
}

class GroupComparison {
 public:
  GroupComparison(const Topology& topology, const CoalescingGroup& group)
      : topology_(topology), deployment_(topology.deployment(group.site)), group_(group) {}

  std::vector<Misdirection> run() {
    const auto& classes = group_.classes;
    if (std::none_of(classes.begin(), classes.end(), [](const NameClass& c) { return c.may_carry; }))
      return {};
    if (classes.size() <= few_classes) {
      for (const NameClass& carrier : classes)
        for (const NameClass& rider : classes) ask(carrier, rider);
    } else {
      ask_representatives();
    }
    return std::move(found_);
  }

 private:
  void ask_representatives() {
    std::vector<const NameClass*> carriers, riders;
    std::unordered_set<uint32_t> carrier_policies, rider_policies;
    for (const NameClass& each : group_.classes) {
      if (each.may_carry && carriers.size() < max_representatives &&
          carrier_policies.insert(each.policy).second)
        carriers.push_back(&each);
      if (riders.size() < max_representatives && rider_policies.insert(each.policy).second)
        riders.push_back(&each);
    }
    std::set<const NameClass*> representatives(carriers.begin(), carriers.end());
    for (const NameClass& each : group_.classes) {
      for (const NameClass* carrier : carriers) ask(*carrier, each);
      if (representatives.contains(&each)) continue;
      for (const NameClass* rider : riders) ask(each, *rider);
      if (std::find(riders.begin(), riders.end(), &each) == riders.end()) ask(each, each);
    }
  }

  void ask(const NameClass& carrier, const NameClass& rider) {
    if (!carrier.may_carry) return;
    if (&carrier != &rider) {
      ask(carrier, rider, carrier.example, rider.example, carrier.names * rider.names);
      return;
    }
    size_t pairs = carrier.names * (carrier.names - 1);
    if (carrier.peer && ask(carrier, rider, carrier.example, *carrier.peer, pairs)) return;
    if (carrier.alias) ask(carrier, rider, carrier.example, *carrier.alias, pairs);
  }

  bool ask(const NameClass& carrier, const NameClass& rider, const NameSample& from, const NameSample& to,
           size_t pairs) {
    const VirtualHost& from_host = deployment_.virtual_host(from.virtual_host);
    const VirtualHost& to_host = deployment_.virtual_host(to.virtual_host);
    bool any = false;
    std::set<MisdirectionKind> kinds;
    for (const auto& certificate : certificates_for(from_host, to_host)) {
      Comparison comparison =
          compare(topology_, group_.site, group_.listener, from.name, to.name, certificate);
      auto kind = kind_of(comparison);
      if (!kind || !kinds.insert(*kind).second) continue;
      any = true;
      note({*kind, &group_, from, to, certificate, comparison, pairs - 1}, carrier, rider, pairs);
    }
    return any;
  }

  void note(Misdirection misdirection, const NameClass& carrier, const NameClass& rider, size_t pairs) {
    auto outcome = std::make_tuple(misdirection.kind, misdirection.comparison.coalesced.reason,
                                   misdirection.comparison.coalesced.status);
    // The same two policies the other way round, or the same rider under another carrier, is the same cause.
    auto reverse = by_policies_.find({outcome, rider.policy, carrier.policy});
    auto same_rider = by_rider_.find({outcome, rider.policy});
    size_t index = reverse != by_policies_.end()   ? reverse->second
                   : same_rider != by_rider_.end() ? same_rider->second
                                                   : found_.size();
    if (index == found_.size()) {
      auto& reported = reported_[outcome];
      if (reported.size() < max_reported_policies) {
        reported.push_back(found_.size());
        found_.push_back(std::move(misdirection));
        by_rider_[{outcome, rider.policy}] = index;
        by_policies_[{outcome, carrier.policy, rider.policy}] = index;
        return;
      }
      index = reported.back();
    }
    found_[index].further += pairs;
  }

  using Outcome = std::tuple<MisdirectionKind, Reason, int>;

  const Topology& topology_;
  const Deployment& deployment_;
  const CoalescingGroup& group_;
  std::vector<Misdirection> found_;
  std::map<std::tuple<Outcome, uint32_t, uint32_t>, size_t> by_policies_;
  std::map<std::tuple<Outcome, uint32_t>, size_t> by_rider_;
  std::map<Outcome, std::vector<size_t>> reported_;
};

/// What is the same for two groups: one certificate on listeners or addresses that carry the same virtual
/// hosts.
auto story(const Misdirection& m) {
  return std::make_tuple(m.group->site, m.kind, m.comparison.coalesced.reason, m.carrier.virtual_host,
                         m.rider.virtual_host, m.carrier.name, m.rider.name);
}

}  // namespace

Cause cause_of(const Deployment& deployment, const Misdirection& misdirection) {
  const ExpectedAnswer& coalesced = misdirection.comparison.coalesced;
  if (coalesced.reason == Reason::protocol_off) return Cause::http2_off;
  auto policy = [&](const NameSample& name) {
    return digest(deployment.virtual_host(name.virtual_host).tls);
  };
  if (policy(misdirection.carrier).client_authentication != policy(misdirection.rider).client_authentication)
    return Cause::client_authentication;
  const Setting<bool>& strict = deployment.virtual_host(misdirection.rider.virtual_host).strict_sni;
  if (coalesced.reason == Reason::name_differs_from_sni && strict.value && strict.provenance == Provenance::inherited)
    return Cause::implied_strict_sni_host;
  if (coalesced.reason == Reason::tls_policy_differs)
    return deployment.server == ServerKind::traefik ? Cause::router_tls_options : Cause::tls_settings;
  if (deployment.server == ServerKind::envoy || deployment.server == ServerKind::istio) {
    if (coalesced.reason == Reason::name_differs_from_sni) return Cause::exact_sni_filter;
    const auto chain = [&](const NameSample& name) {
      return deployment.virtual_host(name.virtual_host).tls.enabled.span;
    };
    if (chain(misdirection.carrier) != chain(misdirection.rider)) return Cause::filter_chain;
  }
  if (deployment.server == ServerKind::kubernetes) {
    const bool is_ingress = kubernetes::is_of_ingress(deployment, misdirection.rider.virtual_host);
    const auto listener = [&](const NameSample& name) {
      return deployment.virtual_host(name.virtual_host).tls.enabled.span;
    };
    if (!is_ingress && listener(misdirection.carrier) != listener(misdirection.rider)) return Cause::listener;
  }
  return Cause::other;
}

std::optional<MisdirectionKind> kind_of(const Comparison& comparison) {
  const ExpectedAnswer& coalesced = comparison.coalesced;
  const Expected& fresh = comparison.fresh;
  if (comparison.connection.outcome != HandshakeOutcome::ok) return std::nullopt;
  if (coalesced.outcome == AnswerOutcome::unknowable || fresh.answer.outcome == AnswerOutcome::unknowable)
    return std::nullopt;
  bool served = coalesced.outcome == AnswerOutcome::serve;
  bool served_fresh = fresh.answer.outcome == AnswerOutcome::serve;
  if (served && !served_fresh) return MisdirectionKind::bypassed;
  if (!served && served_fresh) return MisdirectionKind::refused;
  if (served && coalesced.virtual_host != fresh.answer.virtual_host)
    return MisdirectionKind::other_virtual_host;
  return std::nullopt;
}

std::vector<Misdirection> misdirections(const Topology& topology,
                                        const std::vector<CoalescingGroup>& groups) {
  std::vector<Misdirection> all;
  std::set<decltype(story(std::declval<Misdirection>()))> told;
  for (const CoalescingGroup& group : groups)
    for (Misdirection& misdirection : GroupComparison(topology, group).run())
      if (told.insert(story(misdirection)).second) all.push_back(std::move(misdirection));
  return all;
}

}  // namespace astray
