#include <fmt/format.h>

#include "audit/directives.h"
#include "audit/pair_finding.h"
#include "audit/rules/rules.h"

namespace astray::rules::coalesced_names_differ_in_client_authentication {
namespace {

std::string_view demand(const TlsSettings& tls) {
  switch (tls.client_authentication.value) {
    case ClientAuthentication::off:
      return "asks for no client certificate";
    case ClientAuthentication::optional:
      return "asks for a client certificate";
    case ClientAuthentication::optional_no_ca:
      return "asks for a client certificate of any CA";
    case ClientAuthentication::required:
      return "demands a client certificate";
  }
  return "";
}

std::string difference(const Deployment& deployment, const Misdirection& misdirection) {
  const TlsSettings& carrier = deployment.virtual_host(misdirection.carrier.virtual_host).tls;
  const TlsSettings& rider = deployment.virtual_host(misdirection.rider.virtual_host).tls;
  if (carrier.client_authentication.value == rider.client_authentication.value)
    return fmt::format("{} and {} accept client certificates on other terms (CA, depth or revocation list).",
                       misdirection.carrier.name, misdirection.rider.name);
  return fmt::format("{} {}, {} {}.", misdirection.rider.name, demand(rider), misdirection.carrier.name,
                     demand(carrier));
}

/// The rider's name must leave the carrier's certificate; a wildcard leaves only the address to differ.
Fix fix_for(const AuditContext& context, const Misdirection& misdirection) {
  const CoalescingGroup& group = *misdirection.group;
  const Deployment& deployment = context.topology.deployment(group.site);
  const std::string& name = misdirection.rider.name;
  Fix fix;
  fix.place = block_place(context.topology, group.site, misdirection.rider.virtual_host);
  if (deployment.server == ServerKind::httpd && deployment.sni_policy.value == SniPolicy::insecure &&
      deployment.sni_policy.stated()) {
    fix.place = context.topology.place(group.site, deployment.sni_policy.span, "SSLVHostSNIPolicy");
    fix.advice =
        fmt::format("Let httpd compare the virtual hosts, and give {} a certificate that does not cover {}.",
                    name, misdirection.carrier.name);
    fix.directives = "SSLVHostSNIPolicy secure";
    return fix;
  }
  auto host = Host::parse(name);
  const CertificateName* covering = host ? group.certificate->certificate->names.covering(*host) : nullptr;
  if (covering != nullptr && covering->is_wildcard()) {
    fix.advice = fmt::format(
        "Give {} an address that no other name resolves to, or a name outside {}: as long as {} covers it on "
        "the same "
        "address, clients will send its requests over other names' connections.",
        name, covering->text(), group.certificate->path);
    fix.directives = directives::own_address(deployment, deployment.listener(group.listener).address.port,
                                             fmt::format("ADDRESS-OF-{}", name));
  } else {
    fix.advice = fmt::format("Give {} a certificate of its own and take the name out of {}.", name,
                             group.certificate->path);
    fix.directives = directives::own_certificate(deployment.server, name);
  }
  return fix;
}

void check(const AuditContext& context, std::vector<Finding>& findings) {
  for (const Misdirection& misdirection : context.misdirections) {
    const Deployment& deployment = context.topology.deployment(misdirection.group->site);
    if (cause_of(deployment, misdirection) != Cause::client_authentication) continue;
    auto finding = pair_finding(context, rule, misdirection);
    if (!finding) continue;
    finding->message =
        fmt::format("{} {} {}{}", sharing_sentence(misdirection), difference(deployment, misdirection),
                    outcome_sentence(context, misdirection), assumption_sentence(*finding));
    finding->fix = fix_for(context, misdirection);
    findings.push_back(std::move(*finding));
  }
}

}  // namespace

constinit const Rule rule = {
    .id = "AST001",
    .name = "coalesced-names-differ-in-client-authentication",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary =
        "two names that a client will put on one connection differ in the client certificates they demand",
    .check = check,
};

}  // namespace astray::rules::coalesced_names_differ_in_client_authentication
