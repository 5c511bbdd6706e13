#include "servers/httpd/virtual_host.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "servers/httpd/back_edges.h"
#include "servers/httpd/inherit.h"
#include "servers/httpd/tls_merge.h"

namespace astray::httpd {
namespace {

bool is_main(const ServerStatements& own, const Surroundings& around) {
  return &own == &around.main;
}

void name_host(VirtualHost& host, const ServerStatements& own, const Surroundings& around) {
  if (own.name) {
    host.names.push_back(*own.name);
  } else {
    bool takes_any = own.addresses.empty();
    for (const AddressStatement& address : own.addresses) takes_any = takes_any || !address.ip;
    // Without ServerName: the main server's name, else one that DNS gives when httpd starts.
    if (takes_any && around.main.name)
      host.names.push_back(*around.main.name);
    else
      host.names.push_back(
          {{PatternKind::unknowable, takes_any ? "(this machine's name)" : "(the address's name in DNS)"},
           own.span});
  }
  host.names.insert(host.names.end(), own.aliases.begin(), own.aliases.end());
}

void set_protocols(VirtualHost& host, const ServerStatements& own, const Surroundings& around) {
  const ServerStatements& stating = !own.protocols.empty() ? own : around.main;
  if (stating.protocols.empty()) return;
  auto place = [&](std::string_view name) {
    return std::find(stating.protocols.begin(), stating.protocols.end(), name);
  };
  auto h2 = place("h2");
  bool stated = h2 != stating.protocols.end();
  bool available = around.modules.module("mod_http2.c") != Presence::no &&
                   around.modules.module("prefork.c") != Presence::yes;
  if (stated && !available)
    around.problems.warning(stating.protocols_span,
                            "Protocols names h2, but httpd cannot speak it: it needs mod_http2 (LoadModule "
                            "http2_module) and another MPM than prefork");
  host.http2 = {stated && available, stating.protocols_span,
                &stating == &own ? Provenance::set : Provenance::inherited};
  Setting<bool> in_order = inherit(own.protocols_order, around.main.protocols_order, true);
  host.httpd.http1_preferred = stated && in_order.value && place("http/1.1") < h2;
}

/// Whether mod_log_config would write the SNI: %{SSL_TLS_SNI}x, or the same as an environment variable.
bool writes_sni(std::string_view format) {
  constexpr std::string_view variable = "{SSL_TLS_SNI}";
  for (size_t at = format.find(variable); at != std::string_view::npos; at = format.find(variable, at + 1)) {
    size_t behind = at + variable.size();
    if (at > 0 && behind < format.size() && (format[behind] == 'x' || format[behind] == 'e')) return true;
  }
  return false;
}

std::string_view format_text(const ServerStatements& own, const Surroundings& around,
                             const LogStatement& log) {
  if (log.format.empty()) return own.default_format.empty() ? around.main.default_format : own.default_format;
  for (const ServerStatements* server : {&own, &around.main})
    for (auto known = server->formats.rbegin(); known != server->formats.rend(); ++known)
      if (known->nickname == log.format) return known->format;
  return log.format;
}

void set_logs(VirtualHost& host, const ServerStatements& own, const Surroundings& around) {
  for (const LogStatement& log : own.logs.empty() ? around.main.logs : own.logs)
    host.access_logs.push_back({log.span, log.format.empty() ? "(default)" : log.format,
                                writes_sni(format_text(own, around, log)), true});
}

/// Of two stages of one request, the earlier one that gives a status.
Setting<int> first_of(const Setting<int>& earlier, const Setting<int>& later) {
  return earlier.provenance != Provenance::default_value ? earlier : later;
}

void set_status(VirtualHost& host, const ServerStatements& own, const Surroundings& around) {
  if (own.rewrite_engine && own.status.by_rewrite.provenance != Provenance::default_value) {
    host.fixed_status = own.status.by_rewrite;
    if (host.fixed_status.known()) return;
  }
  Setting<int> pathless = inherit(own.status.by_pathless_redirect, around.main.status.by_pathless_redirect);
  bool rewrites_away = own.rewrite_engine && own.rewrites_end;
  if (!rewrites_away && !proxies_root(own, around.main)) {
    // A place's own redirection comes before the server's, the main server's place included.
    Setting<int> redirect =
        first_of(pathless, inherit(own.status.by_redirect, around.main.status.by_redirect));
    if (redirect.stated()) {
      host.fixed_status = redirect;
      return;
    }
  }
  Setting<int> access = inherit(own.status.by_access, around.main.status.by_access);
  bool authorized = own.root_is_authorized || (around.main.root_is_authorized &&
                                               own.status.by_access.provenance == Provenance::default_value);
  Setting<int> redirect =
      first_of(pathless, inherit(own.status.by_location_redirect, around.main.status.by_location_redirect));
  Setting<int> last = authorized ? redirect : first_of(access, redirect);
  if (last.provenance != Provenance::default_value) host.fixed_status = last;
}

void set_error_pages(VirtualHost& host, const ServerStatements& own, const Surroundings& around) {
  for (const ServerStatements* server : {&own, &around.main}) {
    host.error_pages.insert(host.error_pages.end(), server->error_documents.begin(),
                            server->error_documents.end());
    if (is_main(own, around)) break;
  }
}

}  // namespace

VirtualHost make_virtual_host(const ServerStatements& own, const Surroundings& around) {
  VirtualHost host;
  host.span = own.span;
  name_host(host, own, around);
  host.tls = merge_tls(own, around);
  host.strict_sni = inherit(own.tls.strict_sni, around.main.tls.strict_sni);
  set_protocols(host, own, around);
  set_logs(host, own, around);
  set_status(host, own, around);
  set_error_pages(host, own, around);
  if (!is_main(own, around) && !own.replaces_alt_svc) host.alt_svc = around.main.alt_svc;
  host.alt_svc.insert(host.alt_svc.end(), own.alt_svc.begin(), own.alt_svc.end());
  host.back_edges = back_edges(own, around.main, around.global, around.problems);
  // Before 2.4.25 there was no strict reading of Host.
  host.httpd.lenient_host =
      inherit(own.lenient_host, around.main.lenient_host, around.version < Version{2, 4, 25}).value;
  host.httpd.strict_host_check = inherit(own.strict_host_check, around.main.strict_host_check).value;
  host.httpd.root_client_authentication = inherit(own.root_verify_client, around.main.root_verify_client);
  return host;
}

}  // namespace astray::httpd
