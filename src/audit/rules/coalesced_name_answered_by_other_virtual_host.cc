#include <fmt/format.h>

#include "audit/directives.h"
#include "audit/pair_finding.h"
#include "audit/rules/rules.h"

namespace astray::rules::coalesced_name_answered_by_other_virtual_host {
namespace {

/// nginx compares SNI and Host as text as soon as the virtual host asks for client certificates: two names of
/// one server block that are one policy are refused to each other.
bool aliases_of_one_virtual_host(const Misdirection& misdirection) {
  return misdirection.carrier.virtual_host == misdirection.rider.virtual_host;
}

/// HAProxy's rules name neither SNI nor Host by themselves: what chose wrongly is a line of the configuration.
Fix fix_rules(const AuditContext& context, const Misdirection& misdirection) {
  Fix fix;
  fix.advice = fmt::format(
      "Choose the backend by the Host of each request: ssl_fc_sni and all that belongs to the connection is the name "
      "that the connection was opened for, {} here. Where the connection has to count, refuse other names with 421.",
      misdirection.carrier.name);
  fix.directives = fmt::format(
      "use_backend … if {{ req.hdr(host),host_only -i {} }}\n"
      "http-request set-var(txn.host) req.hdr(host),host_only,lower\n"
      "http-request deny deny_status 421 if !{{ ssl_fc_sni,lower,strcmp(txn.host) eq 0 }}", misdirection.rider.name);
  fix.place = context.topology.place(misdirection.group->site, misdirection.comparison.coalesced.source,
                                     "which takes the request");
  return fix;
}

Fix fix_for(const AuditContext& context, const Misdirection& misdirection) {
  const CoalescingGroup& group = *misdirection.group;
  const Deployment& deployment = context.topology.deployment(group.site);
  if (deployment.server == ServerKind::haproxy && misdirection.kind != MisdirectionKind::refused)
    return fix_rules(context, misdirection);
  Fix fix;
  fix.place = block_place(context.topology, group.site, misdirection.rider.virtual_host);
  if (misdirection.kind == MisdirectionKind::refused) {
    fix.advice = fmt::format(
        "Give {} a certificate of its own and take the name out of {}, so that no client offers it "
        "on {}'s connection{}.",
        misdirection.rider.name, group.certificate->path, misdirection.carrier.name,
        aliases_of_one_virtual_host(misdirection) ? "; that needs a server block for each of the two names"
                                                  : "");
    fix.directives = directives::own_certificate(deployment.server, misdirection.rider.name);
    return fix;
  }
  fix.advice = fmt::format(
      "Refuse what is not meant for it where {} lands, so that clients retry on a connection of "
      "their own.",
      misdirection.rider.name);
  fix.directives = directives::refuse_everything(deployment.server);
  if (VirtualHostId lands = misdirection.comparison.coalesced.virtual_host; lands != VirtualHostId::none)
    fix.place = block_place(context.topology, group.site, lands);
  return fix;
}

void check(const AuditContext& context, std::vector<Finding>& findings) {
  for (const Misdirection& misdirection : context.misdirections) {
    const Deployment& deployment = context.topology.deployment(misdirection.group->site);
    if (cause_of(deployment, misdirection) != Cause::other) continue;
    auto finding = pair_finding(context, rule, misdirection);
    if (!finding) continue;
    std::string alias;
    if (misdirection.comparison.coalesced.reason == Reason::name_differs_from_sni)
      alias =
          fmt::format(" Both names {} one policy: the refusal protects nothing.",
                      aliases_of_one_virtual_host(misdirection) ? "belong to one virtual host with" : "have");
    finding->message =
        fmt::format("{} {}{}{}", sharing_sentence(misdirection), outcome_sentence(context, misdirection),
                    alias, assumption_sentence(*finding));
    finding->fix = fix_for(context, misdirection);
    findings.push_back(std::move(*finding));
  }
}

}  // namespace

constinit const Rule rule = {
    .id = "AST002",
    .name = "coalesced-name-answered-by-other-virtual-host",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary = "a name is answered otherwise on another name's connection than on its own",
    .check = check,
};

}  // namespace astray::rules::coalesced_name_answered_by_other_virtual_host
