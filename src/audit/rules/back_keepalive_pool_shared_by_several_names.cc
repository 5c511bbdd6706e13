#include <map>
#include <tuple>

#include <fmt/format.h>

#include "audit/back_answers.h"
#include "audit/back_fixes.h"
#include "audit/context.h"
#include "audit/finding_fold.h"
#include "audit/pattern_example.h"
#include "audit/rules/rules.h"

namespace astray::rules::back_keepalive_pool_shared_by_several_names {
namespace {

/// What one edge sends for one class of names, with the edge.
struct Use {
  const SurveyedEdge* edge;
  const SentClass* names;
};

/// Edges whose requests can go over one another's idle connections: one upstream { } and one address of it,
/// or one location of that.
using PoolKey = std::tuple<SiteId, std::string, std::string, const BackEdge*>;
struct Pool {
  std::vector<Use> uses;
};

bool pools_regardless_of_sni(const BackEdge& edge) {
  return edge.pool_ignores_sni && edge.keepalive.known() && edge.keepalive.value > 0;
}

/// A request of `later` on an idle connection that was opened for `earlier`.
struct Reuse {
  Use earlier, later;
};

class SharedPool {
 public:
  SharedPool(const Topology& topology, const Pool& pool)
      : topology_(topology),
        pool_(pool),
        edge_(*pool.uses.front().edge),
        deployment_(topology.deployment(edge_.site)) {}

  /// Every name is held against one: servers compare policies, so where all agree with one, all agree. Each
  /// way round is asked, since a protected name refuses and an open one does not.
  void add_to(FindingFold& fold) const {
    if (!edge_.destination) return add_unknown_back(fold);
    const Use& one = pool_.uses.front();
    for (size_t i = 1; i < pool_.uses.size(); ++i) {
      judge({one, pool_.uses[i]}, fold);
      judge({pool_.uses[i], one}, fold);
    }
  }

 private:
  enum class Danger : uint8_t { none, refused, other_authentication, unverified, could_not_tell };

  void judge(const Reuse& reuse, FindingFold& fold) const {
    SentNames sent = reuse.later.names->sent;
    sent.sni = reuse.earlier.names->sent.sni;
    if (sent.sni == reuse.later.names->sent.sni) return;
    const BackAnswer answer =
        judge_back(topology_, *edge_.destination, reuse.later.edge->edge->protocol, sent, std::nullopt);
    const Danger danger = danger_of(reuse, answer);
    if (danger == Danger::none) return;
    fold.add(fmt::format("{} {} {}", where_to(edge_), edge_.edge->pool, static_cast<int>(danger)),
             [&] { return against_known_back(reuse, answer, danger); });
  }

  Danger danger_of(const Reuse& reuse, const BackAnswer& answer) const {
    switch (answer.outcome) {
      case BackOutcome::could_not_tell:
        return Danger::could_not_tell;
      case BackOutcome::refused:
      case BackOutcome::handshake_rejected:
      case BackOutcome::other_virtual_host:
      case BackOutcome::certificate_mismatch:
        return Danger::refused;
      case BackOutcome::as_meant:
        break;
    }
    if (answer.meant.answer.outcome == AnswerOutcome::reject) return Danger::none;
    if (client_authentication_of(answer.sent) != client_authentication_of(answer.meant))
      return Danger::other_authentication;
    const SurveyedEdge& later = *reuse.later.edge;
    const auto verified = name_verified(topology_.deployment(later.site).virtual_host(later.front),
                                        *later.edge, *later.address, reuse.later.names->front_name);
    if (!verified) return Danger::none;
    const auto host = Host::parse(*verified);
    const CertificateUse* presented = answer.sent.handshake.certificate;
    if (!host || presented == nullptr || !presented->certificate) return Danger::none;
    return presented->certificate->covers(*host) ? Danger::none : Danger::unverified;
  }

  uint64_t client_authentication_of(const Expected& expected) const {
    if (expected.handshake.virtual_host == VirtualHostId::none) return 0;
    const Deployment& back = topology_.deployment(edge_.destination->site);
    return digest(back.virtual_host(expected.handshake.virtual_host).tls).client_authentication;
  }

  Finding against_known_back(const Reuse& reuse, const BackAnswer& answer, Danger danger) const {
    Finding finding = common(reuse.earlier.names->sent.sni.value_or(""), *reuse.later.names->sent.host);
    finding.related.push_back(virtual_host_place(topology_, edge_.destination->site,
                                                 reuse.later.names->by_host, "which the Host means"));
    if (reuse.earlier.names->by_sni != reuse.later.names->by_host)
      finding.related.push_back(virtual_host_place(topology_, edge_.destination->site,
                                                   reuse.earlier.names->by_sni,
                                                   "which the connection was opened for"));
    const std::string back = back_text(topology_, *edge_.destination);
    finding.severity = Severity::error;
    finding.confidence = Confidence::high;
    switch (danger) {
      case Danger::refused:
        finding.message =
            fmt::format("{} {} {}: {}. It depends on the load which requests meet such a connection.",
                        what_happens(finding), back, refusal_text(topology_, *edge_.destination, answer),
                        info(answer.sent.answer.reason).sentence);
        finding.answers.push_back(answer_for_every_client(answer));
        break;
      case Danger::other_authentication:
        finding.message = fmt::format(
            "{} {} answers it, although the two virtual hosts ask for different client "
            "certificates: the proxy's identity was checked for {} and is used for {}.",
            what_happens(finding), back, finding.from_name, finding.to_name);
        break;
      case Danger::unverified:
        finding.severity = Severity::warning;
        finding.message = fmt::format(
            "{} {} answers it, but on a connection whose certificate does not cover {}, although "
            "the front is told to verify it: verification happens only when a connection is "
            "opened.",
            what_happens(finding), back, finding.to_name);
        break;
      case Danger::could_not_tell:
      case Danger::none:
        finding.severity = Severity::warning;
        finding.confidence = Confidence::low;
        finding.message = fmt::format(
            "{} What {} answers to it could not be told: a part of its configuration cannot be "
            "known.",
            what_happens(finding), back);
        break;
    }
    return finding;
  }

  void add_unknown_back(FindingFold& fold) const {
    const Use& one = pool_.uses.front();
    std::optional<std::string> later;
    for (const Use& use : pool_.uses)
      if (!later && use.names->sent.sni != one.names->sent.sni) later = use.names->sent.host;
    if (!later) later = second_name(one);
    if (!later) return;
    fold.add(fmt::format("{} {}", where_to(edge_), edge_.edge->pool), [&] {
      Finding finding = common(*one.names->sent.sni, *later);
      finding.severity = Severity::warning;
      finding.confidence = Confidence::medium;
      finding.message = fmt::format(
          "{} The back's configuration was not given; if the two names have certificates, client "
          "authentication or TLS settings of their own there, it answers 421 or checks the wrong "
          "ones, depending on the load.",
          what_happens(finding));
      return finding;
    });
  }

  /// Another name that the same edge sends as SNI, where its classes do not show one.
  std::optional<std::string> second_name(const Use& use) const {
    const VirtualHost& front = deployment_.virtual_host(use.edge->front);
    for (const NamedPattern& named : front.names)
      for (const std::string& name : example_names(named.pattern)) {
        const SentNames sent = names_sent(front, *use.edge->edge, *use.edge->address, name);
        if (sent.sni && sent.sni != use.names->sent.sni) return name;
      }
    return std::nullopt;
  }

  PoolUse use_of_locations() const {
    const BackEdge* previous = nullptr;
    for (const Use& use : pool_.uses) {
      if (use.edge->edge == previous || use.edge->open_ended || use.names->names > 1)
        return PoolUse::several_names_in_a_location;
      previous = use.edge->edge;
    }
    return PoolUse::one_name_per_location;
  }

  Finding common(const std::string& earlier, const std::string& later) const {
    Finding finding;
    finding.rule_id = "AST007";
    finding.from_name = lookup_name(earlier);
    finding.to_name = lookup_name(later);
    finding.place = topology_.place(edge_.site, edge_.edge->span,
                                    "back edge of " + deployment_.virtual_host(edge_.front).label());
    finding.fix = keep_pool_apart(topology_, edge_.site, *edge_.edge, use_of_locations(), finding.to_name);
    finding.related.push_back(finding.fix.place);
    return finding;
  }

  std::string what_happens(const Finding& finding) const {
    if (deployment_.server == ServerKind::trafficserver)
      return fmt::format(
          "{} keeps idle connections to {} and finds one by address or by the back's name alone "
          "(server_session_sharing.match), whatever its SNI was: a request for {} goes over a connection that was opened with "
          "SNI {}.",
          server_text(deployment_), address_text(*edge_.address), finding.to_name, finding.from_name);
    return fmt::format(
        "{} keeps up to {} idle connections to {} in upstream {}{} and picks one by address, whatever its "
        "SNI "
        "was: a request for {} goes over a connection that was opened with SNI {}.",
        server_text(deployment_), edge_.edge->keepalive.value, address_text(*edge_.address), edge_.edge->pool,
        edge_.edge->keepalive.stated() ? "" : " (the default from 1.29.7 on)", finding.to_name,
        finding.from_name);
  }

  const Topology& topology_;
  const Pool& pool_;
  const SurveyedEdge& edge_;
  const Deployment& deployment_;
};

void check(const AuditContext& context, std::vector<Finding>& findings) {
  std::map<PoolKey, Pool> pools;
  std::vector<const Pool*> in_order;
  for (const SurveyedEdge& edge : context.tls_back_edges) {
    if (!pools_regardless_of_sni(*edge.edge)) continue;
    const std::string where = edge.destination ? address_text(*edge.address) : std::string();
    const auto [entry, is_new] = pools.try_emplace(
        PoolKey{edge.site, edge.edge->pool, where, edge.edge->pool_is_per_location ? edge.edge : nullptr});
    for (const SentClass& names : edge.classes)
      if (sends_a_host_name(names) && names.sent.sni && names.names > 0)
        entry->second.uses.push_back({&edge, &names});
    if (is_new) in_order.push_back(&entry->second);
  }
  FindingFold fold(findings);
  for (const Pool* pool : in_order)
    if (!pool->uses.empty()) SharedPool(context.topology, *pool).add_to(fold);
}

}  // namespace

const Rule rule = {
    .id = "AST007",
    .name = "back-keepalive-pool-shared-by-several-names",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary =
        "a proxy keeps idle TLS connections to its back in a pool that does not tell names apart, so that a "
        "request goes over a connection with another name's SNI",
    .check = check,
};

}  // namespace astray::rules::back_keepalive_pool_shared_by_several_names
