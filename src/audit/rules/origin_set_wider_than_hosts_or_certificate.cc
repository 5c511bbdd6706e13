#include <fmt/format.h>

#include <optional>

#include "audit/asking.h"
#include "audit/context.h"
#include "audit/rules/rules.h"
#include "audit/wording.h"
#include "names/authority.h"

namespace astray::rules::origin_set_wider_than_hosts_or_certificate {
namespace {

/// An origin of the set in its parts; absent where it is none that a client could use here.
std::optional<Authority> authority_of(const std::string& origin) {
  constexpr std::string_view scheme = "https://";
  if (!origin.starts_with(scheme)) return std::nullopt;
  auto parsed = Authority::parse(std::string_view(origin).substr(scheme.size()));
  if (!parsed) return std::nullopt;
  return *parsed;
}

class OriginSet {
 public:
  OriginSet(const AuditContext& context, SiteId site, ListenerId listener, std::vector<Finding>& findings)
      : topology_(context.topology), site_(site), id_(listener), deployment_(topology_.deployment(site)),
        listener_(deployment_.listener(listener)), findings_(findings) {}

  void look_at(const StatedOrigin& origin) {
    const auto authority = authority_of(origin.text);
    if (!authority) {
      report(origin, origin.text, Severity::warning,
             "is no origin of https with a host, and a port perhaps, and clients drop it (RFC 8336 §2.1)");
      return;
    }
    const std::string host = authority->host.text();
    if (authority->port_or_default(Scheme::https) != listener_.named_port()) {
      report(origin, host, Severity::warning,
             fmt::format("has the port {} where clients reach this listener at {}: what they send for it arrives here "
                         "all the same",
                         authority->port_or_default(Scheme::https).number(), listener_.named_port().number()));
      return;
    }
    const Expected fresh = ask_fresh(topology_, site_, id_, host);
    if (fresh.answer.outcome == AnswerOutcome::unknowable) return;
    if (fresh.answer.outcome == AnswerOutcome::serve && fresh.answer.match == NameMatch::default_host) {
      const bool is_somebody = fresh.answer.virtual_host != VirtualHostId::none;
      report(origin, host, Severity::error,
             fmt::format("is claimed by no host here: {} answers for it",
                         is_somebody ? deployment_.virtual_host(fresh.answer.virtual_host).label() : "nobody"));
      return;
    }
    if (fresh.answer.outcome == AnswerOutcome::reject && fresh.answer.match == NameMatch::default_host) {
      report(origin, host, Severity::warning, fmt::format("is refused here with {}", fresh.answer.status));
      return;
    }
    if (const CertificateUse* gap = certificate_without(authority->host))
      report(origin, host, Severity::warning,
             fmt::format("is not covered by {}, which connections of other names present: their clients leave it out "
                         "(RFC 8336 §2.4)",
                         gap->path));
  }

 private:
  /// A certificate of the listener that does not cover the host: the set is sent whatever the certificate is.
  const CertificateUse* certificate_without(const Host& host) const {
    for (const VirtualHostId id : listener_.virtual_hosts)
      for (const CertificateUse& each : deployment_.virtual_host(id).tls.certificates)
        if (each.certificate && !each.certificate->covers(host)) return &each;
    return nullptr;
  }

  void report(const StatedOrigin& origin, const std::string& name, Severity severity, const std::string& what) {
    Finding finding;
    finding.rule_id = rule.id;
    finding.severity = severity;
    finding.confidence = Confidence::high;
    finding.from_name = listener_.address.text();
    finding.to_name = name;
    finding.place = topology_.place(site_, origin.span, "http2-origin-frame");
    finding.message = fmt::format("{} names {} in its ORIGIN frames on {}, and that {}.", server_text(deployment_), origin.text,
                                  listener_.address.text(), what);
    finding.fix = {fmt::format("Take {} out of the list, or serve it on this listener under a certificate that covers it.", name),
                   "http2-origin-frame: []", finding.place};
    findings_.push_back(std::move(finding));
  }

  const Topology& topology_;
  SiteId site_;
  ListenerId id_;
  const Deployment& deployment_;
  const Listener& listener_;
  std::vector<Finding>& findings_;
};

void check(const AuditContext& context, std::vector<Finding>& findings) {
  for (size_t i = 0; i < context.topology.sites().size(); ++i) {
    const auto site = static_cast<SiteId>(i);
    const Deployment& deployment = context.topology.deployment(site);
    for (size_t l = 0; l < deployment.listeners.size(); ++l) {
      OriginSet set(context, site, static_cast<ListenerId>(l), findings);
      for (const StatedOrigin& origin : deployment.listeners[l].origin_set) set.look_at(origin);
    }
  }
}

}  // namespace

constinit const Rule rule = {
    .id = "AST019",
    .name = "origin-set-wider-than-hosts-or-certificate",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary = "a server's ORIGIN frames name what is not served or not covered there",
    .check = check,
};

}  // namespace astray::rules::origin_set_wider_than_hosts_or_certificate
