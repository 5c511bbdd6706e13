#include <fmt/format.h>

#include "audit/back_answers.h"
#include "audit/back_fixes.h"
#include "audit/context.h"
#include "audit/finding_fold.h"
#include "audit/rules/rules.h"

namespace astray::rules::sni_differs_from_host_toward_back {
namespace {

class MismatchedEdge {
 public:
  MismatchedEdge(const Topology& topology, const SurveyedEdge& edge)
      : topology_(topology), edge_(edge), deployment_(topology.deployment(edge.site)) {}

  std::string kind(BackOutcome outcome) const {
    return fmt::format("{} {} {} {}", where_to(edge_), static_cast<int>(edge_.edge->host.value.kind),
                       static_cast<int>(edge_.edge->sni.value.kind), static_cast<int>(outcome));
  }

  Finding against_known_back(const SentClass& names, const BackAnswer& answer) const {
    Finding finding = common(names);
    finding.related.push_back(
        virtual_host_place(topology_, edge_.destination->site, names.by_host, "which the Host means"));
    if (names.by_sni != names.by_host)
      finding.related.push_back(
          virtual_host_place(topology_, edge_.destination->site, names.by_sni, "which the SNI means"));
    const std::string back = back_text(topology_, *edge_.destination);
    if (answer.outcome == BackOutcome::could_not_tell) {
      finding.severity = Severity::warning;
      finding.confidence = Confidence::low;
      finding.message =
          fmt::format("{} What {} answers could not be told: a part of its configuration cannot be known.",
                      what_is_sent(finding), back);
    } else if (answer.outcome == BackOutcome::as_meant) {
      finding.severity = Severity::info;
      finding.confidence = Confidence::high;
      finding.message = fmt::format(
          "{} {} answers all the same today, since the TLS settings of the two virtual hosts let "
          "it; client authentication or a certificate of its own for either would end that.",
          what_is_sent(finding), back);
    } else {
      finding.severity = Severity::error;
      finding.confidence = Confidence::high;
      finding.message = fmt::format("{} {} {}: {}.", what_is_sent(finding), back,
                                    refusal_text(topology_, *edge_.destination, answer),
                                    info(answer.sent.answer.reason).sentence);
      finding.answers.push_back(answer_for_every_client(answer));
    }
    return finding;
  }

  Finding against_unknown_back(const SentClass& names) const {
    Finding finding = common(names);
    finding.severity = Severity::warning;
    finding.confidence = Confidence::medium;
    finding.message = fmt::format(
        "{} The back's configuration was not given; servers that compare the two names, or the TLS "
        "settings behind them, answer 421 (Apache httpd, Caddy, Traefik, Fastly), 400 (Jetty, "
        "Tomcat) or 403 (Traffic Server).",
        what_is_sent(finding));
    return finding;
  }

 private:
  Finding common(const SentClass& names) const {
    Finding finding;
    finding.rule_id = "AST008";
    finding.from_name = lookup_name(*names.sent.sni);
    finding.to_name = lookup_name(*names.sent.host);
    finding.place = topology_.place(edge_.site, edge_.edge->span,
                                    "back edge of " + deployment_.virtual_host(edge_.front).label());
    for (const auto& [span, what] :
         {std::pair(edge_.edge->sni.span, "the SNI"), std::pair(edge_.edge->host.span, "the Host")})
      if (span.known()) finding.related.push_back(topology_.place(edge_.site, span, what));
    finding.fix = let_sni_follow_host(topology_, edge_.site, edge_.front, *edge_.edge, finding.to_name);
    return finding;
  }

  std::string what_is_sent(const Finding& finding) const {
    return fmt::format("To {}, {} sends the SNI {} and the Host {}.", address_text(*edge_.address),
                       server_text(deployment_), finding.from_name, finding.to_name);
  }

  const Topology& topology_;
  const SurveyedEdge& edge_;
  const Deployment& deployment_;
};

void check(const AuditContext& context, std::vector<Finding>& findings) {
  FindingFold fold(findings);
  BackAnswers answers(context.topology);
  for (const SurveyedEdge& edge : context.tls_back_edges) {
    const MismatchedEdge writer(context.topology, edge);
    for (const SentClass& names : edge.classes) {
      if (!sends_a_host_name(names) || !names.sent.sni || names.sni_is_host) continue;
      if (!edge.destination) {
        fold.add(writer.kind(BackOutcome::could_not_tell),
                 [&] { return writer.against_unknown_back(names); });
        continue;
      }
      const BackAnswer& answer = answers.of(edge, names);
      if (answer.outcome == BackOutcome::as_meant && names.by_sni == names.by_host) continue;
      fold.add(writer.kind(answer.outcome), [&] { return writer.against_known_back(names, answer); });
    }
  }
}

}  // namespace

const Rule rule = {
    .id = "AST008",
    .name = "sni-differs-from-host-toward-back",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary =
        "a proxy sends one name as SNI and another one as Host, so the back judges the request by the wrong "
        "virtual host",
    .check = check,
};

}  // namespace astray::rules::sni_differs_from_host_toward_back
