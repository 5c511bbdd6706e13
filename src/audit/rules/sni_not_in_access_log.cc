#include <algorithm>

#include <fmt/format.h>

#include "audit/back_answers.h"
#include "audit/context.h"
#include "audit/finding_fold.h"
#include "audit/rules/rules.h"

namespace astray::rules::sni_not_in_access_log {
namespace {

/// Whether one configured name stands for many. What cannot be known may well be a single name (httpd without
/// ServerName takes the machine's), and a rule about several names must not count on it.
bool stands_for_many(PatternKind kind) {
  return kind != PatternKind::exact && kind != PatternKind::unknowable;
}

/// More than one name can arrive: two are configured, or one stands for many.
bool takes_several_names(const Deployment& deployment, const Listener& listener) {
  size_t names = 0;
  for (const VirtualHostId id : listener.virtual_hosts)
    for (const NamedPattern& named : deployment.virtual_host(id).names)
      if (stands_for_many(named.pattern.kind) || ++names > 1) return true;
  return false;
}

bool is_tls_for_several_names(const Deployment& deployment, const Listener& listener) {
  return listener.kind == Listener::Kind::http && listener.tls.known() && listener.tls.value &&
         takes_several_names(deployment, listener);
}

/// The log that shows the defect; nullptr when the SNI is logged somewhere, nobody can tell, or nothing is
/// logged.
const AccessLog* log_without_sni(const VirtualHost& host) {
  const bool logged_or_unknown =
      std::ranges::any_of(host.access_logs, [](const AccessLog& log) { return log.logs_sni || !log.known; });
  return host.access_logs.empty() || logged_or_unknown ? nullptr : &host.access_logs.front();
}

Fix fix_for(ServerKind server, Place place) {
  Fix fix;
  fix.advice = "Log both names, and which connection a request came on.";
  fix.place = std::move(place);
  switch (server) {
    case ServerKind::nginx:
      fix.directives =
          "log_format names '$remote_addr [$time_local] \"$request\" $status $body_bytes_sent '\n"
          "                 'sni=\"$ssl_server_name\" host=\"$host\" "
          "connection=$connection/$connection_requests';\n"
          "access_log /var/log/nginx/access.log names;";
      break;
    case ServerKind::astray:
      fix.directives = "format: json";
      break;
    case ServerKind::haproxy:
      fix.directives =
          "log-format \"${HAPROXY_HTTP_LOG_FMT} sni=%[ssl_fc_sni] host=%[capture.req.hdr(0)] connection=%ID\"";
      break;
    case ServerKind::caddy:
      fix.directives = "log {\n\tformat json\n}";
      break;
    case ServerKind::h2o:
      fix.directives = "access-log:\n  path: /var/log/h2o/access.log\n  format: '%h %t \"%r\" %s host=%{Host}i connection=%{connection-id}x'";
      break;
    case ServerKind::traefik:
      break;  // its access log has no field for the SNI, so none is in the model
    case ServerKind::envoy:
      fix.directives =
          "log_format:\n  text_format_source:\n    inline_string: \"[%START_TIME%] %REQ(:METHOD)% %REQ(:PATH)% "
          "%RESPONSE_CODE% %RESPONSE_FLAGS% sni=%REQUESTED_SERVER_NAME% host=%REQ(:AUTHORITY)% "
          "connection=%CONNECTION_ID%\\n\"";
      break;
    case ServerKind::istio:
      fix.directives = "meshConfig:\n  accessLogFormat: \"… sni=%REQUESTED_SERVER_NAME% host=%REQ(:AUTHORITY)%\\n\"";
      break;
    case ServerKind::trafficserver:
      fix.directives =
          "logging:\n  formats:\n  - name: names\n    format: '%<chi> [%<cqtn>] \"%<cqtx>\" %<pssc> sni=%<cssn> "
          "host=%<{Host}cqh> connection=%<ccid>'";
      break;
    case ServerKind::kubernetes:
      break;  // the API has no access logs
    case ServerKind::httpd:
      fix.directives =
          "LogFormat \"%h %t \\\"%r\\\" %>s %O sni=\\\"%{SSL_TLS_SNI}x\\\" host=\\\"%{Host}i\\\" "
          "connection=%{c}L/%k\" names\n"
          "CustomLog /var/log/apache2/access.log names";
      break;
  }
  return fix;
}

Finding finding_for(const Topology& topology, SiteId site, const VirtualHost& host, const AccessLog& log) {
  const Deployment& deployment = topology.deployment(site);
  Finding finding;
  finding.rule_id = "AST015";
  finding.severity = Severity::info;
  finding.confidence = Confidence::high;
  finding.from_name = host.label();
  finding.place =
      topology.place(site, log.span.known() ? log.span : host.span, "access log of " + host.label());
  finding.message = fmt::format(
      "{} serves several names over TLS and logs requests for {} in the format {}, which has no SNI in it: a "
      "request that "
      "came on another name's connection looks like any other, and a 421 cannot be explained afterwards.",
      server_text(deployment), host.label(), log.format);
  finding.fix = fix_for(deployment.server, finding.place);
  return finding;
}

void check(const AuditContext& context, std::vector<Finding>& findings) {
  FindingFold fold(findings);
  for (size_t i = 0; i < context.topology.sites().size(); ++i) {
    const auto site = static_cast<SiteId>(i);
    const Deployment& deployment = context.topology.deployment(site);
    std::vector<bool> seen(deployment.virtual_hosts.size());
    for (const Listener& listener : deployment.listeners) {
      if (!is_tls_for_several_names(deployment, listener)) continue;
      for (const VirtualHostId id : listener.virtual_hosts) {
        if (seen[static_cast<size_t>(id)]) continue;
        seen[static_cast<size_t>(id)] = true;
        const VirtualHost& host = deployment.virtual_host(id);
        if (const AccessLog* log = log_without_sni(host))
          fold.add(fmt::format("{} {}", i, log->format),
                   [&] { return finding_for(context.topology, site, host, *log); });
      }
    }
  }
}

}  // namespace

const Rule rule = {
    .id = "AST015",
    .name = "sni-not-in-access-log",
    .severity = Severity::info,
    .confidence = Confidence::high,
    .summary =
        "requests for several names over TLS are logged without their SNI, so that a misdirected one cannot "
        "be recognised",
    .check = check,
};

}  // namespace astray::rules::sni_not_in_access_log
