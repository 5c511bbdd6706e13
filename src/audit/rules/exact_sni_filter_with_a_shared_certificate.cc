#include <fmt/format.h>

#include "audit/directives.h"
#include "audit/pair_finding.h"
#include "audit/rules/rules.h"

namespace astray::rules::exact_sni_filter_with_a_shared_certificate {
namespace {

void check(const AuditContext& context, std::vector<Finding>& findings) {
  for (const Misdirection& misdirection : context.misdirections) {
    const Deployment& deployment = context.topology.deployment(misdirection.group->site);
    if (cause_of(deployment, misdirection) != Cause::exact_sni_filter) continue;
    auto finding = pair_finding(context, rule, misdirection);
    if (!finding) continue;
    finding->message = fmt::format(
        "{} A filter compares the authority with the SNI as text, and answers 421 wherever they differ: {} Clients "
        "that do not ask again after a 421 show that answer to their users.{}",
        sharing_sentence(misdirection), outcome_sentence(context, misdirection), assumption_sentence(*finding));
    finding->fix.place = finding->place;
    finding->fix.advice = fmt::format(
        "Give {} a certificate of its own and take the name out of {}, so that no client offers it on {}'s connection; "
        "or offer HTTP/1.1 alone.",
        misdirection.rider.name, misdirection.group->certificate->path, misdirection.carrier.name);
    finding->fix.directives = directives::own_certificate(deployment.server, misdirection.rider.name);
    findings.push_back(std::move(*finding));
  }
}

}  // namespace

constinit const Rule rule = {
    .id = "AST021",
    .name = "exact-sni-filter-with-a-shared-certificate",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary = "a filter answers 421 where the authority is not the SNI, though the certificate covers both names",
    .check = check,
};

}  // namespace astray::rules::exact_sni_filter_with_a_shared_certificate
