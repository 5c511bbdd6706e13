#include <fmt/format.h>

#include <algorithm>

#include "audit/asking.h"
#include "audit/context.h"
#include "audit/directives.h"
#include "audit/finding_fold.h"
#include "audit/rules/rules.h"
#include "audit/wording.h"

namespace astray::rules::unknown_authority_served_by_default_virtual_host {
namespace {

/// How requests for a name that nobody claims come to the default virtual host.
enum class Arrival : uint8_t {
  on_its_own,  ///< on a connection for the name itself, whose certificate covers it
  by_riding,   ///< on another name's connection alone; its own would be refused by the client for its
               ///< certificate
};

/// A name that somebody runs a site under, as opposed to "_", "" or "localhost".
bool is_site_name(const NamedPattern& named) {
  const ServerNamePattern& pattern = named.pattern;
  return pattern.kind == PatternKind::exact && pattern.text.find('.') != std::string::npos;
}

/// A default virtual host that was not made to catch the unknown: it has a site's name and answers with the
/// site.
bool is_somebodys_site(const VirtualHost& fallback) {
  if (fallback.fixed_status.value != 0 || !fallback.fixed_status.known()) return false;
  return std::any_of(fallback.names.begin(), fallback.names.end(), is_site_name);
}

class UnknownAuthorities {
 public:
  UnknownAuthorities(const AuditContext& context, std::vector<Finding>& findings)
      : topology_(context.topology), worst_(findings) {}

  void look_at(const CoalescingGroup& group) {
    const Deployment& deployment = topology_.deployment(group.site);
    const Listener& listener = deployment.listener(group.listener);
    if (group.unclaimed.empty() || listener.virtual_hosts.size() < 2) return;
    VirtualHostId fallback = listener.default_virtual_host;
    if (fallback == VirtualHostId::none || !is_somebodys_site(deployment.virtual_host(fallback))) return;
    for (const UnclaimedName& unclaimed : group.unclaimed)
      if (auto arrival = arrival_of(group, fallback, unclaimed.name))
        report(group, fallback, unclaimed, *arrival);
    size_t unlisted = group.unclaimed_names - group.unclaimed.size();
    worst_.count_further(group.site, fallback, unlisted);
  }

 private:
  std::optional<Arrival> arrival_of(const CoalescingGroup& group, VirtualHostId fallback,
                                    const std::string& name) const {
    Expected fresh = ask_fresh(topology_, group.site, group.listener, name);
    auto host = Host::parse(name);
    const CertificateUse* presented = fresh.handshake.certificate;
    bool accepted =
        host && presented != nullptr && presented->certificate && presented->certificate->covers(*host);
    if (accepted && fresh.answer.outcome == AnswerOutcome::serve && fresh.answer.virtual_host == fallback)
      return Arrival::on_its_own;
    for (const NameClass& carrier : group.classes) {
      if (!carrier.may_carry) continue;
      ExpectedAnswer riding =
          compare(topology_, group.site, group.listener, carrier.example.name, name).coalesced;
      if (riding.outcome == AnswerOutcome::serve && riding.virtual_host == fallback)
        return Arrival::by_riding;
      return std::nullopt;
    }
    return std::nullopt;
  }

  void report(const CoalescingGroup& group, VirtualHostId fallback, const UnclaimedName& unclaimed,
              Arrival arrival) {
    const Deployment& deployment = topology_.deployment(group.site);
    const Listener& listener = deployment.listener(group.listener);
    const VirtualHost& host = deployment.virtual_host(fallback);
    Finding finding;
    finding.rule_id = rule.id;
    // A wildcard says nothing of which names exist; a certificate that spells a name says that somebody uses
    // it.
    finding.severity = unclaimed.made_from_wildcard() ? Severity::info : Severity::warning;
    finding.confidence = Confidence::medium;
    finding.from_name = std::find_if(host.names.begin(), host.names.end(), is_site_name)->pattern.text;
    finding.to_name = unclaimed.name;
    finding.place = block_place(topology_, group.site, fallback);
    finding.related.push_back(topology_.place(group.site, group.certificate->span,
                                              "the certificate that covers " + unclaimed.name));
    std::string which = unclaimed.made_from_wildcard() ? fmt::format("{}, as any other name of {}, ",
                                                                     unclaimed.name, unclaimed.covered_by)
                                                       : unclaimed.name + " ";
    finding.message = fmt::format(
        "{}is covered by {} and claimed by no virtual host of {}: {} answers it with the site of {}, {}{}.",
        which, group.certificate->path, listener.address.text(), server_text(deployment), finding.from_name,
        listener.default_is_explicit ? "the default virtual host"
                                     : "which is the default merely because it comes first",
        arrival == Arrival::by_riding ? ", when it arrives on another name's connection" : "");
    finding.answers.push_back({"every client", fmt::format("is answered by {}", finding.from_name), 0,
                               Reason::default_virtual_host});
    finding.fix = {fmt::format("Put a virtual host before {} that refuses what nobody claims, or claim {}.",
                               finding.from_name, unclaimed.name),
                   directives::refusing_default(deployment, listener.address.port, group.certificate),
                   finding.place};
    worst_.keep(group.site, fallback, std::move(finding));
  }

  const Topology& topology_;
  WorstFindings worst_;
};

void check(const AuditContext& context, std::vector<Finding>& findings) {
  UnknownAuthorities authorities(context, findings);
  for (const CoalescingGroup& group : context.groups) authorities.look_at(group);
}

}  // namespace

constinit const Rule rule = {
    .id = "AST010",
    .name = "unknown-authority-served-by-default-virtual-host",
    .severity = Severity::warning,
    .confidence = Confidence::medium,
    .summary = "a name that a certificate covers and nobody claims is answered with another name's site",
    .check = check,
};

}  // namespace astray::rules::unknown_authority_served_by_default_virtual_host
