#include "servers/nginx/http.h"

#include <fmt/format.h>

#include <map>

#include "servers/nginx/back_edges.h"
#include "servers/nginx/listen.h"
#include "servers/nginx/responses.h"
#include "servers/nginx/server_names.h"
#include "servers/nginx/tls.h"
#include "servers/nginx/versions.h"

namespace astray::nginx {
namespace {

class HttpReader {
 public:
  HttpReader(DirectiveId block, const Reading& reading, Deployment& deployment, Listeners& listeners)
      : reading_(reading),
        deployment_(deployment),
        http_(reading.tree, block, nullptr),
        upstreams_(reading.tree, block, reading.problems),
        log_formats_(reading.tree, block),
        listeners_(listeners) {}

  void read() {
    http_.report_duplicates(reading_.problems);
    for (const DirectiveId child : reading_.tree.children(http_.block()))
      if (reading_.tree.at(child).keyword == Keyword::server) read_server(child);
    finish_listeners();
  }

 private:
  void read_server(DirectiveId block) {
    if (!reading_.tree.at(block).is_block) {
      reading_.problems.error(reading_.tree.span(block),
                              "directive \"server\" has no opening \"{\"; left out");
      return;
    }
    const Scope scope(reading_.tree, block, &http_);
    scope.report_duplicates(reading_.problems);
    VirtualHost host;
    host.span = reading_.tree.span(block);
    host.names = read_server_names(scope, reading_.problems);
    host.tls = read_tls(scope, reading_);
    read_protocols(scope, host);
    const FixedAnswer for_root = judge_uri(scope, "/");
    host.fixed_status = for_root.status;
    host.error_pages = read_error_pages(scope, for_root);
    host.access_logs = read_access_logs(scope, log_formats_, reading_.problems);
    host.alt_svc = read_alt_svc(scope, reading_.problems);
    read_locations(scope, host);
    host.back_edges = read_back_edges(scope, upstreams_, reading_);

    const auto id = static_cast<VirtualHostId>(deployment_.virtual_hosts.size());
    deployment_.virtual_hosts.push_back(std::move(host));
    read_ssl_on(scope, id);
    read_listens(scope, id);
  }

  void read_protocols(const Scope& scope, VirtualHost& host) {
    host.http2 = scope.flag(Keyword::http2, false, reading_.problems);
    if (host.http2.stated() && !has_http2_directive(reading_.version)) {
      refuse_directive(host.http2.span, "http2", "1.25.1", "use \"listen … http2\"");
      host.http2 = {};
    }
    host.http3 = scope.flag(Keyword::http3, has_http3(reading_.version), reading_.problems);
    if (host.http3.stated() && !has_http3(reading_.version)) {
      refuse_directive(host.http3.span, "http3", "1.25.0", "remove it");
      host.http3 = {};
    }
  }

  void read_ssl_on(const Scope& scope, VirtualHostId id) {
    const Setting<bool> ssl_on = scope.flag(Keyword::ssl, false, reading_.problems);
    if (ssl_on.stated() && !has_ssl_on(reading_.version))
      reading_.problems.error(
          ssl_on.span, fmt::format("nginx {} no longer knows the directive \"ssl\" (gone since 1.25.1) "
                                   "and will not start; use \"listen … ssl\"",
                                   reading_.version.text()));
    else if (ssl_on.value)
      ssl_on_.emplace(id, ssl_on);
  }

  void refuse_directive(SourceSpan span, std::string_view name, std::string_view since,
                        std::string_view instead) {
    reading_.problems.error(
        span, fmt::format("nginx {} does not know the directive \"{}\" (it came with {}) and will not "
                          "start; {}, or state the version that runs",
                          reading_.version.text(), name, since, instead));
  }

  // What a location says apart from the server: its own logs and alternatives are seen by clients just as
  // much.
  void read_locations(const Scope& scope, VirtualHost& host) {
    for (const DirectiveId child : reading_.tree.children(scope.block())) {
      if (reading_.tree.at(child).keyword != Keyword::location) continue;
      const Scope location(reading_.tree, child, &scope);
      if (location.states(Keyword::access_log))
        for (AccessLog& log : read_access_logs(location, log_formats_, reading_.problems))
          host.access_logs.push_back(std::move(log));
      if (location.states(Keyword::add_header))
        for (AltSvc& alternative : read_alt_svc(location, reading_.problems))
          host.alt_svc.push_back(std::move(alternative));
      read_locations(location, host);
    }
  }

  void read_listens(const Scope& scope, VirtualHostId id) {
    const std::vector<DirectiveId> directives = scope.own(Keyword::listen);
    Setting<bool>& tls = deployment_.virtual_hosts[static_cast<size_t>(id)].tls.enabled;
    for (const DirectiveId directive : directives) {
      Result<Listen> listen = parse_listen(reading_.tree, directive);
      if (!listen) {
        reading_.problems.error(reading_.tree.span(directive),
                                fmt::format("this \"listen\" is left out: {}", listen.error().message));
        continue;
      }
      check(*listen);
      if ((listen->ssl || listen->quic) && !tls.value) tls = {true, listen->span, Provenance::set};
      for (const ListenAddress& address : listen->addresses)
        listeners_.add(address, *listen, id, Listener::Kind::http);
    }
    if (directives.empty()) {
      Listen listen;
      listen.span = reading_.tree.span(scope.block());
      // As root; an unprivileged nginx takes port 8000 (ngx_http_core_server).
      listeners_.add(ListenAddress{std::nullopt, Port(80), {}}, listen, id, Listener::Kind::http);
    }
  }

  void check(Listen& listen) {
    for (const std::string& parameter : listen.unknown_parameters)
      reading_.problems.error(
          listen.span, fmt::format("invalid parameter \"{}\" of \"listen\" (a missing \";\"?); ignored "
                                   "here, nginx will not start",
                                   parameter));
    if (listen.udp)
      reading_.problems.error(listen.span,
                              "invalid parameter \"udp\" of \"listen\" in http { }; ignored here, nginx will "
                              "not start");
    listen.udp = false;
    if (listen.quic && !has_http3(reading_.version)) {
      reading_.problems.error(
          listen.span, fmt::format("invalid parameter \"quic\" of \"listen\": nginx {} has no HTTP/3 (it "
                                   "came with 1.25.0) and will not start",
                                   reading_.version.text()));
    }
    if (listen.quic && (listen.ssl || listen.http2 || listen.proxy_protocol))
      reading_.problems.error(
          listen.span,
          "\"quic\" is incompatible with \"ssl\", \"http2\" and \"proxy_protocol\" in one "
          "\"listen\"; nginx will not start");
  }

  // What depends on all servers of an address.
  void finish_listeners() {
    for (Listener& listener : deployment_.listeners) {
      if (listener.kind != Listener::Kind::http) continue;
      const auto ssl_on = ssl_on_.find(listener.default_virtual_host);
      if (ssl_on != ssl_on_.end() && !listener.tls.value) listener.tls = ssl_on->second;
      if (!listener.tls.value) continue;
      for (const VirtualHostId id : listener.virtual_hosts) {
        Setting<bool>& tls = deployment_.virtual_hosts[static_cast<size_t>(id)].tls.enabled;
        if (!tls.value) tls = {true, listener.tls.span, Provenance::inherited};
      }
      const VirtualHost& host = deployment_.virtual_host(listener.default_virtual_host);
      if (host.tls.certificates.empty() && !host.tls.reject_handshake.value)
        reading_.problems.error(
            listener.tls.span,
            fmt::format("no \"ssl_certificate\" is defined for the default server of {}, so nginx will "
                        "not start; add one to the server, or \"ssl_reject_handshake on\"",
                        listener.address.text()));
    }
  }

  const Reading& reading_;
  Deployment& deployment_;
  const Scope http_;
  const Upstreams upstreams_;
  const LogFormats log_formats_;
  Listeners& listeners_;
  /// Servers with `ssl on` (before 1.25.1): as default server, one makes its listeners speak TLS.
  std::map<VirtualHostId, Setting<bool>> ssl_on_;
};

}  // namespace

void read_http(DirectiveId block, const Reading& reading, Deployment& deployment, Listeners& listeners) {
  HttpReader(block, reading, deployment, listeners).read();
}

}  // namespace astray::nginx
