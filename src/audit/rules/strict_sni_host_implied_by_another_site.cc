#include <fmt/format.h>

#include "audit/directives.h"
#include "audit/pair_finding.h"
#include "audit/rules/rules.h"

namespace astray::rules::strict_sni_host_implied_by_another_site {
namespace {

void check(const AuditContext& context, std::vector<Finding>& findings) {
  for (const Misdirection& misdirection : context.misdirections) {
    const CoalescingGroup& group = *misdirection.group;
    const Deployment& deployment = context.topology.deployment(group.site);
    if (cause_of(deployment, misdirection) != Cause::implied_strict_sni_host) continue;
    auto finding = pair_finding(context, rule, misdirection);
    if (!finding) continue;
    const SourceSpan cause = deployment.virtual_host(misdirection.rider.virtual_host).strict_sni.span;
    finding->related.push_back(
        context.topology.place(group.site, cause, "the client authentication that turns strict_sni_host on"));
    finding->message = fmt::format(
        "{} {} Neither asks for a client certificate: it is client authentication on another site ({}) that makes "
        "Caddy compare SNI and Host on every site of the server (strict_sni_host).{}",
        sharing_sentence(misdirection), outcome_sentence(context, misdirection), deployment.files.describe(cause),
        assumption_sentence(*finding));
    finding->fix.place = block_place(context.topology, group.site, misdirection.rider.virtual_host);
    finding->fix.advice = fmt::format(
        "Give the sites that ask for client certificates an address of their own (bind, or another port), so that "
        "they are a server of their own; or give {} a certificate that no other name shares. strict_sni_host "
        "insecure_off ends the 421, and with it the protection of those sites.",
        misdirection.rider.name);
    finding->fix.directives = directives::own_certificate(deployment.server, misdirection.rider.name);
    findings.push_back(std::move(*finding));
  }
}

}  // namespace

constinit const Rule rule = {
    .id = "AST018",
    .name = "strict-sni-host-implied-by-another-site",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary = "client authentication on one site makes Caddy refuse coalesced requests between all other sites",
    .check = check,
};

}  // namespace astray::rules::strict_sni_host_implied_by_another_site
