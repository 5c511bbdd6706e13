#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "audit/client_answers.h"
#include "audit/context.h"
#include "audit/listener_names.h"
#include "audit/misdirection.h"
#include "audit/rules/rules.h"
#include "audit/wording.h"

namespace astray::rules::same_a_but_different_aaaa {
namespace {

/// Names of one certificate that DNS gives the same addresses, and an example.
struct Neighbours {
  SiteId site;
  ListenerId listener;
  NameSample example;
  const Certificate* certificate;
  std::vector<IpAddress> addresses;  ///< sorted
  size_t names = 0;
};

class PartlySharedAddresses {
 public:
  PartlySharedAddresses(const Topology& topology, std::vector<Finding>& findings)
      : topology_(topology), findings_(findings) {}

  void collect(SiteId site, ListenerId listener) {
    ListenerNames names(topology_, site, listener);
    for (const NameClaim& claim : names.claims()) {
      auto hostname = Hostname::parse(claim.name);
      if (!hostname || claim.origin == NameClaim::Origin::made) continue;
      std::vector<IpAddress> addresses = topology_.dns().addresses(*hostname);
      if (addresses.size() < 2) continue;  // one address cannot be shared in part
      const Certificate* certificate = names.treated(claim.virtual_host, claim.name).certificate();
      if (certificate == nullptr || !certificate->covers(*hostname)) continue;
      std::sort(addresses.begin(), addresses.end());
      auto [entry, is_new] = known_.try_emplace({certificate, addresses}, neighbours_.size());
      if (is_new)
        neighbours_.push_back({site,
                               listener,
                               {claim.virtual_host, std::string(claim.name), claim.span},
                               certificate,
                               std::move(addresses)});
      // A virtual host on several listeners has its names once.
      if (counted_.insert({site, claim.virtual_host, claim.name}).second) ++neighbours_[entry->second].names;
    }
  }

  void compare_all() {
    std::map<std::pair<const Certificate*, IpAddress>, std::vector<const Neighbours*>> by_shared_address;
    for (const Neighbours& each : neighbours_)
      for (const IpAddress& ip : each.addresses) by_shared_address[{each.certificate, ip}].push_back(&each);
    for (const auto& [shared, sharing] : by_shared_address) {
      size_t count = std::min(sharing.size(), most_compared);
      for (size_t from = 0; from < count; ++from)
        for (size_t to = 0; to < count; ++to)
          if (from != to) look_at(*sharing[from], *sharing[to], shared.second);
    }
  }

 private:
  static constexpr size_t most_compared = 16;

  /// A connection for `from` that leads to an address which is not `to`'s.
  void look_at(const Neighbours& from, const Neighbours& to, const IpAddress& shared) {
    for (const IpAddress& peer : from.addresses) {
      if (std::binary_search(to.addresses.begin(), to.addresses.end(), peer)) continue;
      Port port = topology_.deployment(from.site).listener(from.listener).address.port;
      auto reached = topology_.destination(peer, port);
      auto own = topology_.destination(shared, port);
      if (!reached || !own || *reached == *own) continue;
      Comparison comparison =
          compare(topology_, reached->site, reached->listener, from.example.name, to.example.name);
      comparison.fresh = ask_fresh(topology_, own->site, own->listener, to.example.name);
      if (!is_misdirected(*reached, *own, to.example.name, comparison)) continue;
      report(from, to, peer, shared, *reached, comparison);
      return;
    }
  }

  bool is_misdirected(const Topology::Destination& reached, const Topology::Destination& own,
                      const std::string& name, const Comparison& comparison) const {
    if (reached.site == own.site) return kind_of(comparison).has_value();
    if (comparison.connection.outcome != HandshakeOutcome::ok) return false;
    auto claimed = topology_.behaviour(reached.site).find_virtual_host(reached.listener, name);
    return claimed.match == NameMatch::default_host || kind_of(comparison) == MisdirectionKind::refused;
  }

  void report(const Neighbours& from, const Neighbours& to, const IpAddress& peer, const IpAddress& shared,
              const Topology::Destination& reached, const Comparison& comparison) {
    auto key = std::minmax(from.example.name, to.example.name);
    auto [entry, is_new] = told_.try_emplace(key, findings_.size());
    if (!is_new) {
      findings_[entry->second].further += from.names * to.names;
      return;
    }
    RideQuestion question{reached.site,    reached.listener, peer,      from.example.name,
                          to.example.name, std::nullopt,     comparison};
    RideAnswers ride = ride_answers(topology_, question);
    bool reaches = ride.worst != RideOutcome::never_rides;
    if (!reaches)
      if (const ClientProfile* aggressive = find_client_profile("firefox-h2-aggressive"))
        ride.answers.push_back(ride_answers(topology_, question, *aggressive).answers.front());

    const Deployment& deployment = topology_.deployment(reached.site);
    Finding finding;
    finding.rule_id = rule.id;
    finding.severity = reaches ? Severity::warning : Severity::info;
    finding.confidence = Confidence::high;
    finding.from_name = from.example.name;
    finding.to_name = to.example.name;
    finding.place = block_place(topology_, to.site, to.example.virtual_host);
    finding.related.push_back(block_place(topology_, from.site, from.example.virtual_host));
    const ExpectedAnswer& there = comparison.coalesced;
    finding.message = fmt::format(
        "{0} and {1} share the address {2}, but {3} is an address of {0} alone. A client that goes by shared "
        "addresses "
        "alone (Firefox before 59, or with network.http.http2.aggressive_coalescing) sends requests for {1} "
        "to {3}, "
        "where {4} {5}.",
        from.example.name, to.example.name, shared.text(), peer.text(), server_text(deployment),
        there.outcome == AnswerOutcome::reject
            ? fmt::format("answers {}", there.status)
            : fmt::format("answers from the {}", block_text(deployment, there.virtual_host)));
    finding.answers = std::move(ride.answers);
    finding.further = from.names * to.names - 1;
    finding.fix = {
        fmt::format("Let both names have the same addresses, or let {} answer for {} on {} as well.",
                    server_text(deployment), to.example.name, peer.text()),
        fmt::format("{}. IN {} {}", to.example.name, peer.family() == IpFamily::v6 ? "AAAA" : "A",
                    peer.text()),
        finding.place};
    findings_.push_back(std::move(finding));
  }

  const Topology& topology_;
  std::vector<Finding>& findings_;
  std::map<std::pair<const Certificate*, std::vector<IpAddress>>, size_t> known_;
  std::vector<Neighbours> neighbours_;
  std::set<std::tuple<SiteId, VirtualHostId, std::string_view>> counted_;
  std::map<std::pair<std::string, std::string>, size_t> told_;
};

void check(const AuditContext& context, std::vector<Finding>& findings) {
  if (context.topology.dns().empty()) return;
  PartlySharedAddresses addresses(context.topology, findings);
  std::set<std::pair<SiteId, ListenerId>> listeners;
  for (const CoalescingGroup& group : context.groups) listeners.insert({group.site, group.listener});
  for (const auto& [site, listener] : listeners) addresses.collect(site, listener);
  addresses.compare_all();
}

}  // namespace

constinit const Rule rule = {
    .id = "AST013",
    .name = "same-a-but-different-aaaa",
    .severity = Severity::warning,
    .confidence = Confidence::high,
    .summary = "two names share some addresses and not others, and the others do not answer for both",
    .check = check,
};

}  // namespace astray::rules::same_a_but_different_aaaa
