#include <fmt/format.h>

#include "audit/back_answers.h"
#include "audit/back_fixes.h"
#include "audit/context.h"
#include "audit/finding_fold.h"
#include "audit/rules/rules.h"

namespace astray::rules::tls_back_edge_without_sni {
namespace {

/// Writes the findings about one edge.
class EdgeWithoutSni {
 public:
  EdgeWithoutSni(const Topology& topology, const SurveyedEdge& edge)
      : topology_(topology), edge_(edge), deployment_(topology.deployment(edge.site)) {}

  /// What makes findings of two edges the same: the server that is connected to, and how Host is made.
  std::string kind(BackOutcome outcome) const {
    return fmt::format("{} {} {}", where_to(edge_), static_cast<int>(edge_.edge->host.value.kind),
                       static_cast<int>(outcome));
  }

  Finding against_known_back(const SentClass& names, const BackAnswer& answer) const {
    const Deployment& back = topology_.deployment(edge_.destination->site);
    const VirtualHostId taken_for = answer.sent.handshake.virtual_host;
    const std::string host = lookup_name(*names.sent.host);
    Finding finding = common(host);
    finding.from_name = taken_for == VirtualHostId::none ? deployment_.virtual_host(edge_.front).label()
                                                         : back.virtual_host(taken_for).label();
    finding.to_name = host;
    finding.related.push_back(
        virtual_host_place(topology_, edge_.destination->site, names.by_host, "which the Host means"));
    if (taken_for != VirtualHostId::none && taken_for != names.by_host)
      finding.related.push_back(virtual_host_place(topology_, edge_.destination->site, taken_for,
                                                   "which the connection is taken for"));

    const std::string without_sni = fmt::format("{} sends no SNI to its back", server_text(deployment_));
    if (answer.outcome == BackOutcome::could_not_tell) {
      finding.severity = Severity::warning;
      finding.confidence = Confidence::low;
      finding.message = fmt::format(
          "{}, and what {} answers to a request for {} on such a connection (which it takes for "
          "{}) could not be told: a part of its configuration cannot be known.",
          without_sni, back_text(topology_, *edge_.destination), host, finding.from_name);
      return finding;
    }
    finding.severity = Severity::error;
    finding.confidence = Confidence::high;
    const std::string takes_it =
        taken_for == VirtualHostId::none
            ? std::string("has no virtual host for the connection")
            : fmt::format("takes the connection for its default virtual host {}", finding.from_name);
    finding.message = fmt::format("{}, so {} {}. To every request for {} it {}: {}.", without_sni,
                                  back_text(topology_, *edge_.destination), takes_it, host,
                                  refusal_text(topology_, *edge_.destination, answer),
                                  info(answer.sent.answer.reason).sentence);
    finding.answers.push_back(answer_for_every_client(answer));
    return finding;
  }

  Finding against_unknown_back(const SentClass& names) const {
    Finding finding = common(lookup_name(*names.sent.host));
    finding.severity = Severity::warning;
    finding.confidence = Confidence::medium;
    finding.from_name = names.names > 0 ? names.front_name : deployment_.virtual_host(edge_.front).label();
    finding.message = fmt::format(
        "For {}, {} opens TLS to {} without SNI and sends a Host of its own choice. The back's configuration "
        "was not "
        "given; if it has more than one virtual host, it takes the connection for the first: Apache httpd "
        "from 2.4.64 on "
        "answers 421 for every other one (AH02032), and others show the certificate and the checks of the "
        "wrong one.",
        finding.from_name, server_text(deployment_), address_text(*edge_.address));
    return finding;
  }

 private:
  Finding common(const std::string& host) const {
    Finding finding;
    finding.rule_id = "AST006";
    finding.place = topology_.place(edge_.site, edge_.edge->span,
                                    "back edge of " + deployment_.virtual_host(edge_.front).label());
    finding.fix = let_sni_follow_host(topology_, edge_.site, edge_.front, *edge_.edge, host);
    return finding;
  }

  const Topology& topology_;
  const SurveyedEdge& edge_;
  const Deployment& deployment_;
};

void check(const AuditContext& context, std::vector<Finding>& findings) {
  FindingFold fold(findings);
  BackAnswers answers(context.topology);
  for (const SurveyedEdge& edge : context.tls_back_edges) {
    const EdgeWithoutSni writer(context.topology, edge);
    for (const SentClass& names : edge.classes) {
      if (!sends_a_host_name(names) || names.sent.sni) continue;
      if (!edge.destination) {
        fold.add(writer.kind(BackOutcome::could_not_tell),
                 [&] { return writer.against_unknown_back(names); });
        continue;
      }
      const BackAnswer& answer = answers.of(edge, names);
      if (answer.outcome == BackOutcome::as_meant) continue;
      fold.add(writer.kind(answer.outcome), [&] { return writer.against_known_back(names, answer); });
    }
  }
}

}  // namespace

const Rule rule = {
    .id = "AST006",
    .name = "tls-back-edge-without-sni",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary =
        "a proxy connects to its back over TLS without SNI, so the back takes every connection for its "
        "default virtual host",
    .check = check,
};

}  // namespace astray::rules::tls_back_edge_without_sni
