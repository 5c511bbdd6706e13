#include <fmt/format.h>

#include "audit/directives.h"
#include "audit/pair_finding.h"
#include "audit/rules/rules.h"

namespace astray::rules::httpd_virtual_hosts_with_unequal_tls_settings {
namespace {

/// The same certificate by content through two paths, and nothing else: httpd compares paths.
bool differ_in_paths_alone(const TlsSettings& a, const TlsSettings& b) {
  if (a.certificates.size() != b.certificates.size() || digest(a) != digest(b)) return false;
  for (size_t i = 0; i < a.certificates.size(); ++i)
    if (!a.certificates[i].certificate || a.certificates[i].certificate != b.certificates[i].certificate)
      return false;
  return true;
}

void check(const AuditContext& context, std::vector<Finding>& findings) {
  for (const Misdirection& misdirection : context.misdirections) {
    const SiteId site = misdirection.group->site;
    const Deployment& deployment = context.topology.deployment(site);
    if (cause_of(deployment, misdirection) != Cause::tls_settings) continue;
    auto finding = pair_finding(context, rule, misdirection);
    if (!finding) continue;
    const TlsSettings& carrier = deployment.virtual_host(misdirection.carrier.virtual_host).tls;
    const TlsSettings& rider = deployment.virtual_host(misdirection.rider.virtual_host).tls;
    auto lines = directives::equal_tls(carrier, rider);
    std::string why =
        differ_in_paths_alone(carrier, rider)
            ? "Both virtual hosts use one and the same certificate through two paths, and httpd compares "
              "paths."
            : "Their virtual hosts have unequal TLS settings.";
    finding->message =
        fmt::format("{} {} {} The error log says AH02032.{}", sharing_sentence(misdirection), why,
                    outcome_sentence(context, misdirection), assumption_sentence(*finding));
    finding->fix.place = finding->place;
    finding->fix.advice = fmt::format(
        "Give {} the TLS settings of {}, best by stating them once outside of both virtual hosts; if they "
        "have to differ, give each name a certificate that does not cover the other.",
        misdirection.rider.name, misdirection.carrier.name);
    finding->fix.directives = fmt::format("{}", fmt::join(lines, "\n"));
    findings.push_back(std::move(*finding));
  }
}

}  // namespace

constinit const Rule rule = {
    .id = "AST003",
    .name = "httpd-virtual-hosts-with-unequal-tls-settings",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary = "httpd answers 421 because two virtual hosts of one certificate differ in their TLS settings",
    .check = check,
};

}  // namespace astray::rules::httpd_virtual_hosts_with_unequal_tls_settings
