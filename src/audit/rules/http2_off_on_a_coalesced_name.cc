#include <fmt/format.h>

#include "audit/directives.h"
#include "audit/pair_finding.h"
#include "audit/rules/rules.h"

namespace astray::rules::http2_off_on_a_coalesced_name {
namespace {

void check(const AuditContext& context, std::vector<Finding>& findings) {
  for (const Misdirection& misdirection : context.misdirections) {
    const SiteId site = misdirection.group->site;
    const Deployment& deployment = context.topology.deployment(site);
    if (cause_of(deployment, misdirection) != Cause::http2_off) continue;
    auto finding = pair_finding(context, rule, misdirection);
    if (!finding) continue;
    finding->message =
        fmt::format("{} HTTP/2 is on for {} and off for {}. {}{}", sharing_sentence(misdirection),
                    misdirection.carrier.name, misdirection.rider.name,
                    outcome_sentence(context, misdirection), assumption_sentence(*finding));
    finding->fix.place = finding->place;
    finding->fix.advice =
        fmt::format("Turn HTTP/2 on for {} too, or off for both; or give {} a certificate of its own.",
                    misdirection.rider.name, misdirection.rider.name);
    finding->fix.directives =
        directives::http2_on(deployment, deployment.listener(misdirection.group->listener).address.port);
    findings.push_back(std::move(*finding));
  }
}

}  // namespace

constinit const Rule rule = {
    .id = "AST004",
    .name = "http2-off-on-a-coalesced-name",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary = "HTTP/2 is on for one name of a certificate and off for another",
    .check = check,
};

}  // namespace astray::rules::http2_off_on_a_coalesced_name
