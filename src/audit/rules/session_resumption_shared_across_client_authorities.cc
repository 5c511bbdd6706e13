#include <fmt/format.h>

#include <map>
#include <optional>

#include "audit/context.h"
#include "audit/rules/rules.h"
#include "audit/wording.h"

namespace astray::rules::session_resumption_shared_across_client_authorities {
namespace {

/// A defect that lets a TLS 1.3 session of one virtual host be resumed at another.
struct Defect {
  std::string_view id;
  std::string_view fixed_in;
};

std::optional<Defect> defect_of(const Deployment& deployment) {
  const Version& version = deployment.version;
  if (deployment.server == ServerKind::astray) return std::nullopt;  // a session is of one scope alone
  if (deployment.server == ServerKind::haproxy) {
    // Asked of 2.6.12 (tests/differential/resumption): a session of any name opens every other.
    constexpr Version fixed_development{3, 5, 0};
    if (version < fixed_development)
      return Defect{"its commits 5d5f12376, 52bdd0d02 and 4a8f76220",
                    "3.5-dev5 and in releases of stable branches after 2026-08-18"};
    return std::nullopt;
  }
  // Asked of 9.2.9 (tests/differential/resumption); no commit up to 10.1.4 binds a session to its name.
  if (deployment.server == ServerKind::trafficserver) return Defect{};
  if (deployment.server == ServerKind::caddy) return std::nullopt;   // Go verifies the chain anew
  if (deployment.server == ServerKind::h2o) return std::nullopt;     // it has no client authentication for single names
  // Over TCP, Traefik makes a tls.Config with keys of its own for each Host; GHSA-gv8r-9rw9-9697 is about HTTP/3.
  if (deployment.server == ServerKind::traefik) return std::nullopt;
  // Envoy's session id context is made of the client validation and of the chain's server_names.
  if (deployment.server == ServerKind::envoy || deployment.server == ServerKind::istio) return std::nullopt;
  // Which software runs a gateway, and in which version, its objects do not say.
  if (deployment.server == ServerKind::kubernetes) return std::nullopt;
  if (deployment.server == ServerKind::nginx) {
    constexpr Version first{1, 11, 4}, fixed_stable{1, 26, 3}, mainline{1, 27, 0}, fixed_mainline{1, 27, 4};
    if ((version >= first && version < fixed_stable) || (version >= mainline && version < fixed_mainline))
      return Defect{"CVE-2025-23419", "1.26.3 and 1.27.4"};
    return std::nullopt;
  }
  constexpr Version first{2, 4, 35}, fixed{2, 4, 64}, has_policy{2, 4, 66};
  if (version >= first && version < fixed) return Defect{"CVE-2025-23048", "2.4.64"};
  if (version >= has_policy && deployment.sni_policy.value == SniPolicy::insecure)
    return Defect{"CVE-2025-23048", "2.4.64, where SSLVHostSNIPolicy is not insecure"};
  return std::nullopt;
}

bool resumes_sessions(const TlsSettings& tls) {
  const std::string& cache = tls.session_cache.value;
  bool cached = !cache.empty() && cache != "none" && cache != "off";
  return tls.session_tickets.value || cached;
}

bool is_exposed(const VirtualHost& virtual_host) {
  const TlsSettings& tls = virtual_host.tls;
  return tls.client_authentication.known() && tls.client_authentication.value != ClientAuthentication::off &&
         (tls.versions.value & tls_version::tls1_3) != 0;
}

class SharedSessions {
 public:
  SharedSessions(const Topology& topology, SiteId site, std::vector<Finding>& findings)
      : topology_(topology), site_(site), deployment_(topology.deployment(site)), findings_(findings) {}

  void look_at(const Listener& listener) {
    auto defect = defect_of(deployment_);
    if (!defect) return;
    auto from = giver(listener);
    if (!from) return;
    uint64_t given = client_policy(*from);
    for (VirtualHostId to : listener.virtual_hosts)
      if (to != *from && is_exposed(deployment_.virtual_host(to)) && client_policy(to) != given &&
          !strict(*from, to))
        report(*defect, *from, to);
  }

 private:
  /// Whose sessions are resumed elsewhere: in nginx the default server's, in whose context resumption is
  /// decided; in httpd those of any virtual host.
  std::optional<VirtualHostId> giver(const Listener& listener) const {
    auto gives = [&](VirtualHostId id) {
      const VirtualHost& host = deployment_.virtual_host(id);
      // Traffic Server's own cache (2) keeps no sessions of TLS 1.3.
      if (deployment_.server == ServerKind::trafficserver && !host.tls.session_tickets.value && host.tls.session_cache.value != "1")
        return false;
      if (deployment_.server == ServerKind::haproxy || deployment_.server == ServerKind::trafficserver)
        return host.tls.enabled.value && (host.tls.versions.value & tls_version::tls1_3) != 0 &&
               resumes_sessions(host.tls) && !host.tls.certificates.empty();
      return is_exposed(host) && resumes_sessions(host.tls);
    };
    if (deployment_.server == ServerKind::nginx) {
      if (listener.default_virtual_host == VirtualHostId::none) return std::nullopt;
      if (gives(listener.default_virtual_host)) return listener.default_virtual_host;
      return std::nullopt;
    }
    for (VirtualHostId id : listener.virtual_hosts)
      if (gives(id)) return id;
    return std::nullopt;
  }

  uint64_t client_policy(VirtualHostId id) const {
    return digest(deployment_.virtual_host(id).tls).client_authentication;
  }

  bool strict(VirtualHostId a, VirtualHostId b) const {
    return deployment_.virtual_host(a).strict_sni.value || deployment_.virtual_host(b).strict_sni.value;
  }

  void report(const Defect& defect, VirtualHostId from, VirtualHostId to) {
    auto [entry, is_new] = told_.try_emplace(from, findings_.size());
    if (!is_new) {
      ++findings_[entry->second].further;
      return;
    }
    Finding finding;
    finding.rule_id = rule.id;
    finding.severity = Severity::error;
    // A distribution may have fixed its package without changing the number.
    finding.confidence =
        deployment_.version_basis == VersionBasis::assumed ? Confidence::low : Confidence::medium;
    finding.from_name = deployment_.virtual_host(from).label();
    finding.to_name = deployment_.virtual_host(to).label();
    finding.place = block_place(topology_, site_, to);
    finding.related.push_back(block_place(topology_, site_, from));
    const bool is_open =
        deployment_.virtual_host(from).tls.client_authentication.value == ClientAuthentication::off;
    const std::string mended = defect.id.empty() ? "no release is known that does not"
                                                 : fmt::format("mended by {}, {}; a distribution may have fixed its package under "
                                                               "the old number", defect.id, defect.fixed_in);
    if (is_open)
      finding.message = fmt::format(
          "Any client can resume its TLS 1.3 session of {} at {}, which asks for certificates, and is let in: {} "
          "resumes sessions across certificates and their demands ({}).",
          finding.from_name, finding.to_name, server_text(deployment_), mended);
    else
      finding.message = fmt::format(
        "A client whose certificate {} accepts can resume its TLS 1.3 session at {}, which accepts other "
        "certificates, "
        "and is let in: {} resumes sessions across virtual hosts ({}).",
        finding.from_name, finding.to_name, server_text(deployment_),
        defect.id.empty() ? mended
                          : fmt::format("{}, fixed in {}; a distribution may have fixed its package under the old number", defect.id,
                                        defect.fixed_in));
    finding.answers.push_back(
        {"a client that keeps another name's session",
         fmt::format("is served by {} without a certificate of its authorities", finding.to_name), 0,
         Reason::client_authentication_differs});
    finding.fix = fix(from);
    findings_.push_back(std::move(finding));
  }

  Fix fix(VirtualHostId from) const {
    constexpr std::string_view until_then =
        "until then keep sessions from being resumed where client certificates are asked for.";
    Place place = block_place(topology_, site_, from);
    if (deployment_.server == ServerKind::nginx)
      return {fmt::format("Install nginx 1.26.3 (stable), 1.27.4 (mainline) or newer; {}", until_then),
              "ssl_session_tickets off;\nssl_session_cache off;", place};
    if (deployment_.server == ServerKind::haproxy)
      return {"Install a release from after 2026-08-18; until then ask for the certificate in a rule, which sees that a "
              "resumed session has none.",
              "http-request deny deny_status 421 if { req.hdr(host) -i NAME } !{ ssl_c_used }", place};
    if (deployment_.server == ServerKind::trafficserver)
      return {"Keep TLS 1.3 sessions from being resumed: without tickets there are none. Or serve the protected names from an "
              "instance of their own.",
              "CONFIG proxy.config.ssl.server.session_ticket.enable INT 0", place};
    if (deployment_.sni_policy.value == SniPolicy::insecure)
      return {"Let httpd compare the virtual hosts.", "SSLVHostSNIPolicy secure",
              topology_.place(site_, deployment_.sni_policy.span, "SSLVHostSNIPolicy")};
    return {fmt::format("Install Apache httpd 2.4.64 or newer; {}", until_then), "SSLStrictSNIVHostCheck on",
            place};
  }

  const Topology& topology_;
  SiteId site_;
  const Deployment& deployment_;
  std::vector<Finding>& findings_;
  std::map<VirtualHostId, size_t> told_;
};

void check(const AuditContext& context, std::vector<Finding>& findings) {
  for (size_t site = 0; site < context.topology.sites().size(); ++site) {
    SiteId id = static_cast<SiteId>(site);
    SharedSessions sessions(context.topology, id, findings);
    for (const Listener& listener : context.topology.deployment(id).listeners)
      if (listener.kind == Listener::Kind::http) sessions.look_at(listener);
  }
}

}  // namespace

constinit const Rule rule = {
    .id = "AST012",
    .name = "session-resumption-shared-across-client-authorities",
    .severity = Severity::error,
    .confidence = Confidence::medium,
    .summary =
        "a TLS session of one virtual host can be resumed at another that trusts other client certificates",
    .check = check,
};

}  // namespace astray::rules::session_resumption_shared_across_client_authorities
