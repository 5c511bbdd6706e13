#include <fmt/format.h>

#include "audit/directives.h"
#include "audit/pair_finding.h"
#include "audit/rules/rules.h"

namespace astray::rules::filter_chains_sharing_a_certificate {
namespace {

std::string chain_word(ServerKind server) {
  return server == ServerKind::istio ? "Gateway servers" : "filter chains";
}

Fix fix_for(const AuditContext& context, const Misdirection& misdirection) {
  const CoalescingGroup& group = *misdirection.group;
  const Deployment& deployment = context.topology.deployment(group.site);
  Fix fix;
  fix.place = block_place(context.topology, group.site, misdirection.rider.virtual_host);
  fix.advice = fmt::format(
      "Let one of the {} take both names, with the routes of both; or give {} a certificate that does not cover {}; or "
      "refuse with 421 what is not meant for the connection (AST021 says whom that hurts).",
      chain_word(deployment.server), misdirection.carrier.name, misdirection.rider.name);
  fix.directives =
      deployment.server == ServerKind::istio
          ? fmt::format("hosts: [{}, {}]", misdirection.carrier.name, misdirection.rider.name)
          : fmt::format("filter_chain_match: {{server_names: [{}, {}]}}", misdirection.carrier.name,
                        misdirection.rider.name);
  return fix;
}

void check(const AuditContext& context, std::vector<Finding>& findings) {
  for (const Misdirection& misdirection : context.misdirections) {
    const Deployment& deployment = context.topology.deployment(misdirection.group->site);
    if (cause_of(deployment, misdirection) != Cause::filter_chain) continue;
    auto finding = pair_finding(context, rule, misdirection);
    if (!finding) continue;
    finding->message = fmt::format(
        "{} The two names have {} of their own, and which one a connection has is settled by its SNI: {}{}",
        sharing_sentence(misdirection), chain_word(deployment.server), outcome_sentence(context, misdirection),
        assumption_sentence(*finding));
    finding->fix = fix_for(context, misdirection);
    findings.push_back(std::move(*finding));
  }
}

}  // namespace

constinit const Rule rule = {
    .id = "AST020",
    .name = "filter-chains-sharing-a-certificate",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary = "two filter chains of Envoy or servers of an Istio Gateway show certificates that cover each other's names",
    .check = check,
};

}  // namespace astray::rules::filter_chains_sharing_a_certificate
