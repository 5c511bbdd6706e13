#include <fmt/format.h>

#include "audit/directives.h"
#include "audit/pair_finding.h"
#include "audit/rules/rules.h"
#include "servers/kubernetes/parts.h"

namespace astray::rules::listeners_sharing_a_certificate {
namespace {

std::string shown(const std::string& hostname) {
  return hostname.empty() ? "(every name)" : hostname;
}

Fix fix_for(const std::string& rider, std::string certificate, Place place) {
  Fix fix;
  fix.advice = fmt::format(
      "Give the listener of {0} a certificate of its own and take the name out of {1}; or let one listener own both names "
      "and tell them apart by HTTPRoutes; or run an implementation that answers 421 "
      "(GatewayHTTPSListenerDetectMisdirectedRequests).",
      rider, certificate);
  fix.directives = directives::own_certificate(ServerKind::kubernetes, rider);
  fix.place = std::move(place);
  return fix;
}

void report_misdirections(const AuditContext& context, std::vector<Finding>& findings) {
  for (const Misdirection& misdirection : context.misdirections) {
    const Deployment& deployment = context.topology.deployment(misdirection.group->site);
    if (cause_of(deployment, misdirection) != Cause::listener) continue;
    auto finding = pair_finding(context, rule, misdirection);
    if (!finding) continue;
    finding->message = fmt::format("{} The two names belong to two listeners of one port: {}{}", sharing_sentence(misdirection),
                                   outcome_sentence(context, misdirection), assumption_sentence(*finding));
    finding->fix = fix_for(misdirection.rider.name, misdirection.group->certificate->path, finding->place);
    findings.push_back(std::move(*finding));
  }
}

/// A class whose implementation is not known to answer 421, nor what it does instead.
Finding undecided(const AuditContext& context, SiteId site, const kubernetes::PortPart& port, const kubernetes::Overlap& overlap) {
  const kubernetes::ListenerPart& first = port.listeners[overlap.first];
  const kubernetes::ListenerPart& second = port.listeners[overlap.second];
  Finding finding;
  finding.rule_id = rule.id;
  finding.severity = Severity::warning;
  finding.confidence = Confidence::low;
  finding.from_name = shown(first.hostname);
  finding.to_name = shown(second.hostname);
  finding.place = context.topology.place(site, second.span, second.title);
  finding.related.push_back(context.topology.place(site, first.span, first.title));
  const std::string controller = port.controller.empty() ? "what runs this Gateway" : port.controller;
  finding.message = fmt::format(
      "The certificate of {} ({}) covers {}, which {} ({}) owns, at port {} (OverlappingTLSConfig: OverlappingCertificates). Clients "
      "send requests for it on the other's connections, and what {} answers there could not be told: it is not known to "
      "answer 421.",
      first.title, finding.from_name, overlap.name, second.title, finding.to_name, port.port.number(), controller);
  finding.answers.push_back({"browsers", "may get 404, or what the other listener's routes answer", 0,
                             Reason::configuration_unknowable});
  finding.fix = fix_for(shown(second.hostname), first.tls->certificates.front().path, finding.place);
  return finding;
}

void report_undecided(const AuditContext& context, SiteId site, std::vector<Finding>& findings) {
  const Deployment& deployment = context.topology.deployment(site);
  for (const kubernetes::PortPart& port : deployment.kubernetes->ports) {
    if (port.crossing != kubernetes::Crossing::unknowable || port.is_ingress) continue;
    bool is_told = false;
    for (const kubernetes::Overlap& overlap : port.overlaps) {
      if (!overlap.by_certificate) continue;
      if (is_told)
        ++findings.back().further;
      else
        findings.push_back(undecided(context, site, port, overlap));
      is_told = true;
    }
  }
}

void check(const AuditContext& context, std::vector<Finding>& findings) {
  report_misdirections(context, findings);
  for (size_t i = 0; i < context.topology.sites().size(); ++i) {
    const auto site = static_cast<SiteId>(i);
    if (context.topology.deployment(site).server == ServerKind::kubernetes) report_undecided(context, site, findings);
  }
}

}  // namespace

constinit const Rule rule = {
    .id = "AST022",
    .name = "listeners-sharing-a-certificate",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary = "a Gateway API listener's certificate covers a name that another listener of the port owns",
    .check = check,
};

}  // namespace astray::rules::listeners_sharing_a_certificate
