#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "audit/back_answers.h"
#include "audit/context.h"
#include "audit/finding_fold.h"
#include "audit/rules/rules.h"

namespace astray::rules::name_sent_to_the_wrong_back {
namespace {

bool speaks_http(BackProtocol protocol) {
  return protocol == BackProtocol::http || protocol == BackProtocol::grpc || uses_tls(protocol);
}

/// One back edge with the audited listener that it leads to.
struct JoinedEdge {
  VirtualHostId front;
  const BackEdge* edge;
  const BackAddress* address;
  Topology::Destination to;
};

/// Looks at the backs of one front: a name that one of them claims, and that the front sends to another.
class FrontWithBacks {
 public:
  FrontWithBacks(const Topology& topology, SiteId site, FindingFold& fold)
      : topology_(topology), site_(site), front_(topology.deployment(site)), fold_(fold) {
    edges_of_.resize(front_.virtual_hosts.size());
    has_other_.resize(front_.virtual_hosts.size());
    for (size_t i = 0; i < front_.virtual_hosts.size(); ++i)
      for (const BackEdge& edge : front_.virtual_hosts[i].back_edges) join(static_cast<VirtualHostId>(i), edge);
  }

  void check() const {
    if (backs_.size() < 2) return;
    for (const Topology::Destination& back : backs_) {
      const Deployment& deployment = topology_.deployment(back.site);
      for (const VirtualHostId id : deployment.listener(back.listener).virtual_hosts)
        for (const NamedPattern& named : deployment.virtual_host(id).names)
          if (named.pattern.kind == PatternKind::exact && claims(back, named.pattern.text)) check(back, id, named.pattern.text);
    }
  }

 private:
  void join(VirtualHostId front, const BackEdge& edge) {
    const auto index = static_cast<size_t>(front);
    for (const BackAddress& address : edge.addresses) {
      const auto to = topology_.destination(address, site_);
      const bool is_http = to && speaks_http(edge.protocol) &&
                           topology_.deployment(to->site).listener(to->listener).kind == Listener::Kind::http;
      if (!is_http) {
        has_other_[index] = true;
        continue;
      }
      edges_of_[index].push_back({front, &edge, &address, *to});
      if (known_backs_.emplace(to->site, to->listener).second) backs_.push_back(*to);
    }
    if (edge.addresses.empty()) has_other_[index] = true;
  }

  bool claims(const Topology::Destination& back, const std::string& name) const {
    const auto lookup = topology_.behaviour(back.site).find_virtual_host(back.listener, name);
    return lookup.virtual_host != VirtualHostId::none && lookup.match != NameMatch::default_host;
  }

  void check(const Topology::Destination& claimer, VirtualHostId claimed_by, const std::string& name) const {
    for (size_t i = 0; i < front_.listeners.size(); ++i) {
      if (front_.listeners[i].kind != Listener::Kind::http) continue;
      const auto lookup = topology_.behaviour(site_).find_virtual_host(static_cast<ListenerId>(i), name);
      // What the front itself does not claim is nobody's alias.
      if (lookup.virtual_host == VirtualHostId::none || lookup.match == NameMatch::default_host) continue;
      const auto index = static_cast<size_t>(lookup.virtual_host);
      // A part of its paths may go to who claims the name, or to where nobody can tell.
      if (has_other_[index] || edges_of_[index].empty()) continue;
      if (std::any_of(edges_of_[index].begin(), edges_of_[index].end(),
                      [&](const JoinedEdge& edge) { return may_be_meant(edge, name); }))
        continue;
      const JoinedEdge& edge = edges_of_[index].front();
      fold_.add(fmt::format("{} {}/{} {}/{}", static_cast<uint32_t>(site_), static_cast<uint32_t>(edge.to.site),
                            static_cast<uint32_t>(edge.to.listener), static_cast<uint32_t>(claimer.site),
                            static_cast<uint32_t>(claimed_by)),
                [&] { return finding(edge, claimer, claimed_by, name); });
    }
  }

  SentNames sent(const JoinedEdge& edge, const std::string& name) const {
    return names_sent(front_.virtual_host(edge.front), *edge.edge, *edge.address, name);
  }

  /// The back claims what is sent to it, or another name is sent on purpose, or nobody can tell.
  bool may_be_meant(const JoinedEdge& edge, const std::string& name) const {
    const SentNames names = sent(edge, name);
    if (!names.host || !names.host_known || !names.sni_known) return true;
    const std::string host = lookup_name(*names.host);
    return host != name || claims(edge.to, host);
  }

  Finding finding(const JoinedEdge& edge, const Topology::Destination& claimer, VirtualHostId claimed_by,
                  const std::string& name) const {
    const Expected expected = ask_back(topology_, edge.to, edge.edge->protocol, sent(edge, name));
    const Deployment& back = topology_.deployment(edge.to.site);
    const VirtualHostId answering = expected.answer.virtual_host;
    Finding finding;
    finding.rule_id = "AST025";
    finding.to_name = name;
    finding.from_name = answering == VirtualHostId::none ? std::string() : back.virtual_host(answering).label();
    finding.place = topology_.place(site_, edge.edge->span, "back edge of " + front_.virtual_host(edge.front).label());
    finding.related.push_back(virtual_host_place(topology_, claimer.site, claimed_by, "which claims the name"));
    const bool is_refused = expected.answer.outcome == AnswerOutcome::reject;
    finding.severity = is_refused ? Severity::error : Severity::warning;
    finding.confidence = is_refused ? Confidence::high : Confidence::medium;
    const bool can_be_told = is_refused || expected.answer.outcome == AnswerOutcome::serve;
    const std::string status = is_refused ? fmt::format(" {}", expected.answer.status) : std::string();
    const std::string by_whom = finding.from_name.empty() ? std::string() : " " + finding.from_name;
    const std::string answers = fmt::format("answers{} from its default virtual host{}",
                                            can_be_told ? status : " what could not be told", by_whom);
    finding.message = fmt::format(
        "{} sends {} to {}, which does not know the name and {}, though {}, another of its backs, claims it.",
        server_text(front_), name, back_text(topology_, edge.to), answers, back_text(topology_, claimer));
    finding.answers.push_back({"every client",
                               is_refused ? "gets the error, on a fresh connection too" : "gets the content of another name",
                               is_refused ? expected.answer.status : 0, expected.answer.reason});
    finding.fix = {fmt::format("Send {} to {}, or let {} claim it.", name, back_text(topology_, claimer),
                               back_text(topology_, edge.to)),
                   "", finding.place};
    return finding;
  }

  const Topology& topology_;
  SiteId site_;
  const Deployment& front_;
  FindingFold& fold_;
  std::vector<std::vector<JoinedEdge>> edges_of_;  ///< by virtual host
  std::vector<bool> has_other_;                    ///< by virtual host: an edge that leads where nobody can look
  std::vector<Topology::Destination> backs_;       ///< each once, in the order of the edges
  std::set<std::pair<SiteId, ListenerId>> known_backs_;
};

void check(const AuditContext& context, std::vector<Finding>& findings) {
  FindingFold fold(findings);
  for (size_t i = 0; i < context.topology.sites().size(); ++i)
    FrontWithBacks(context.topology, static_cast<SiteId>(i), fold).check();
}

}  // namespace

const Rule rule = {
    .id = "AST025",
    .name = "name-sent-to-the-wrong-back",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary = "a front sends a name to a back that does not know it, though another of its backs claims it",
    .check = check,
};

}  // namespace astray::rules::name_sent_to_the_wrong_back
