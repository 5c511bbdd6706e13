#include <fmt/format.h>

#include "audit/asking.h"
#include "audit/pair_finding.h"
#include "audit/rules/rules.h"
#include "servers/traefik/parts.h"

namespace astray::rules::router_tls_options_unequal_or_ambiguous {
namespace {

/// "mytls@file and default".
std::string listing(const std::vector<std::string>& words) {
  std::string all;
  for (size_t i = 0; i < words.size(); ++i)
    all += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return all;
}

/// The file's own name of options: without the provider behind "@".
std::string own_name(std::string_view options) {
  return std::string(options.substr(0, options.find('@')));
}

void report_pairs(const AuditContext& context, std::vector<Finding>& findings) {
  for (const Misdirection& misdirection : context.misdirections) {
    const SiteId site = misdirection.group->site;
    const Deployment& deployment = context.topology.deployment(site);
    if (cause_of(deployment, misdirection) != Cause::router_tls_options) continue;
    auto finding = pair_finding(context, rule, misdirection);
    if (!finding) continue;
    finding->message = fmt::format(
        "{} Their routers have TLS options of different names, which Traefik compares by name alone, whatever is in them: {}{}",
        sharing_sentence(misdirection), outcome_sentence(context, misdirection), assumption_sentence(*finding));
    finding->fix.place = block_place(context.topology, site, misdirection.rider.virtual_host);
    finding->fix.advice = fmt::format(
        "Name the same TLS options in the routers of {} and {}, or none in either and say in the options \"default\" what all "
        "are to have; or give {} a certificate that no other name shares.",
        misdirection.carrier.name, misdirection.rider.name, misdirection.rider.name);
    finding->fix.directives = "tls: {options: common}";
    findings.push_back(std::move(*finding));
  }
}

/// Whether the default options ask for less of a client than one of these.
bool asks_less(const traefik::Parts& parts, const std::vector<std::string>& names) {
  const auto mode = [&](const std::string& name) {
    const auto found = parts.options.find(name);
    return found == parts.options.end() ? ClientAuthentication::off : found->second.settings.client_authentication.value;
  };
  for (const std::string& name : names)
    if (mode(name) != ClientAuthentication::off && mode("default") == ClientAuthentication::off) return true;
  return false;
}

Finding finding_for(const Topology& topology, SiteId site, const traefik::Parts& parts, const traefik::Ambiguity& ambiguity) {
  const Deployment& deployment = topology.deployment(site);
  const bool is_lost = asks_less(parts, ambiguity.options);
  const std::string port = deployment.listener(ambiguity.listener).address.text();
  Finding finding;
  finding.rule_id = rule.id;
  finding.severity = is_lost ? Severity::error : Severity::warning;
  finding.confidence = Confidence::high;
  finding.place = topology.place(site, ambiguity.places.front(), fmt::format("TLS options of router {}", ambiguity.router));
  for (size_t i = 1; i < ambiguity.places.size(); ++i)
    finding.related.push_back(topology.place(site, ambiguity.places[i], fmt::format("TLS options {}", ambiguity.options[i])));
  const std::string_view lost = is_lost ? " The client certificate that they ask for is not asked for." : "";
  finding.fix.place = finding.place;
  if (ambiguity.kind == traefik::Ambiguity::Kind::no_host) {
    finding.from_name = ambiguity.router;
    finding.message = fmt::format(
        "Router {} on {} has the TLS options {} and no Host in its rule: {} chooses options by the SNI among the Hosts of "
        "routers, so these are never chosen, and the router has the options \"default\".{}",
        ambiguity.router, port, ambiguity.options.front(), server_text(deployment), lost);
    finding.fix.advice = "State the names in the rule with Host, from 3.7.0 also as Host(`*.example.com`); or put the settings into "
                         "the options \"default\".";
    finding.fix.directives = "rule: Host(`a.example.com`)";
  } else {
    finding.from_name = ambiguity.host;
    finding.message = fmt::format(
        "Routers for {} on {} name the TLS options {}: {} takes none of them, and connections for {} have the options "
        "\"default\".{}",
        ambiguity.host, port, listing(ambiguity.options), server_text(deployment), ambiguity.host, lost);
    finding.fix.advice = fmt::format("Name the same TLS options in every router that has {} in its rule.", ambiguity.host);
    const std::string& chosen = ambiguity.options.front() == "default" ? ambiguity.options.back() : ambiguity.options.front();
    finding.fix.directives = fmt::format("tls: {{options: {}}}", own_name(chosen));
  }
  finding.answers.push_back({"every client", "gets a connection under the default TLS options", 0, Reason::default_virtual_host});
  return finding;
}

/// A router that takes "/" of a name whose Host is another router's: it has other options than the name's connections.
void report_own_names(const Topology& topology, SiteId site, std::vector<Finding>& findings) {
  const Deployment& deployment = topology.deployment(site);
  constexpr int misdirected = 421;
  for (size_t i = 0; i < deployment.listeners.size(); ++i) {
    const Listener& listener = deployment.listeners[i];
    if (!listener.tls.value || listener.kind != Listener::Kind::http) continue;
    for (const VirtualHostId id : listener.virtual_hosts) {
      const VirtualHost& host = deployment.virtual_host(id);
      for (const NamedPattern& named : host.names) {
        if (named.pattern.kind != PatternKind::exact) continue;
        const Expected fresh = ask_fresh(topology, site, static_cast<ListenerId>(i), named.pattern.text, accepted_certificate(host));
        if (fresh.handshake.outcome != HandshakeOutcome::ok || fresh.answer.status != misdirected) break;
        Finding finding;
        finding.rule_id = rule.id;
        finding.severity = Severity::error;
        finding.confidence = Confidence::high;
        finding.from_name = named.pattern.text;
        finding.place = block_place(topology, site, id);
        finding.message = fmt::format(
            "Every request for {} on {} gets 421: the connection has the TLS options of the router whose Host it is, and the "
            "{}, which takes the request, has others.",
            named.pattern.text, listener.address.text(), block_text(deployment, id));
        finding.answers.push_back({"every client", "gets 421, also on a fresh connection", misdirected, fresh.answer.reason});
        finding.fix = {fmt::format("Put Host(`{}`) into the rule of that router, and the same TLS options into both; or let the "
                                   "other keep the default ones.",
                                   named.pattern.text),
                       fmt::format("rule: Host(`{}`) && PathPrefix(`/`)", named.pattern.text), finding.place};
        findings.push_back(std::move(finding));
        break;
      }
    }
  }
}

void check(const AuditContext& context, std::vector<Finding>& findings) {
  report_pairs(context, findings);
  for (size_t i = 0; i < context.topology.sites().size(); ++i) {
    const auto site = static_cast<SiteId>(i);
    const Deployment& deployment = context.topology.deployment(site);
    if (deployment.traefik == nullptr) continue;
    for (const traefik::Ambiguity& ambiguity : deployment.traefik->ambiguities)
      findings.push_back(finding_for(context.topology, site, *deployment.traefik, ambiguity));
    report_own_names(context.topology, site, findings);
  }
}

}  // namespace

constinit const Rule rule = {
    .id = "AST024",
    .name = "router-tls-options-unequal-or-ambiguous",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary = "routers of Traefik whose names share a certificate have unequal TLS options, or those of one name ambiguous ones",
    .check = check,
};

}  // namespace astray::rules::router_tls_options_unequal_or_ambiguous
