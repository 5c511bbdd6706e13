#include "audit/back_fixes.h"

#include <fmt/format.h>

#include "audit/back_edges.h"
#include "servers/kubernetes/parts.h"

namespace astray {
namespace {

std::string_view nginx_prefix(BackProtocol protocol) {
  return protocol == BackProtocol::grpcs ? "grpc" : "proxy";
}

/// What `proxy_ssl_name` has to be so that it is the Host; "" where the default ($proxy_host) is.
std::string nginx_name_of_host(const NameExpression& host, const std::string& example_host) {
  switch (host.kind) {
    case NameExpression::Kind::fixed:
      return example_host;
    case NameExpression::Kind::request_host:
    case NameExpression::Kind::request_host_raw:
      return "$host";
    case NameExpression::Kind::front_sni:
      return "$ssl_server_name";
    case NameExpression::Kind::first_name:
      return "$server_name";
    case NameExpression::Kind::back_host:
      return "$proxy_host";
    case NameExpression::Kind::none:
    case NameExpression::Kind::unknowable:
      return "";
  }
  return "";
}

}  // namespace

Fix let_sni_follow_host(const Topology& topology, SiteId site, VirtualHostId front, const BackEdge& edge,
                        const std::string& example_host) {
  const Deployment& deployment = topology.deployment(site);
  Fix fix;
  fix.place = topology.place(site, edge.span, "back edge of " + deployment.virtual_host(front).label());
  switch (deployment.server) {
    case ServerKind::nginx: {
      const std::string_view prefix = nginx_prefix(edge.protocol);
      fix.advice = "Send the name of the Host field as SNI.";
      fix.directives = fmt::format("{}_ssl_server_name on;", prefix);
      const std::string name = nginx_name_of_host(edge.host.value, example_host);
      if (!name.empty()) fix.directives += fmt::format("\n{}_ssl_name {};", prefix, name);
      if (edge.keepalive.known() && edge.keepalive.value > 0)
        fix.advice +=
            " This upstream keeps idle connections, which nginx does not tell apart by SNI: AST007 says how "
            "to "
            "keep names apart there.";
      return fix;
    }
    case ServerKind::astray:
      fix.advice = "Send the name that the client asked for, as both Host and SNI, in the route.";
      fix.directives = "host: preserve\nsni: preserve";
      return fix;
    case ServerKind::haproxy:
      fix.advice = "Take the SNI from the Host field; connections are then kept apart by it, too.";
      fix.directives = "server … ssl sni req.hdr(host),field(1,:)";
      return fix;
    case ServerKind::caddy:
      if (edge.host.value.kind == NameExpression::Kind::fixed) {
        fix.advice = "Send the Host's name as SNI, too.";
        fix.directives = fmt::format("transport http {{\n\ttls_server_name {}\n}}", example_host);
      } else {
        fix.advice = "Send the client's name as SNI, as it is sent in Host.";
        fix.directives = "transport http {\n\ttls_server_name {http.request.host}\n}";
      }
      return fix;
    case ServerKind::h2o:
      fix.advice = "h2o takes both SNI and Host from the back's URL: name the back by the host name that it serves.";
      fix.directives = fmt::format("proxy.reverse.url: \"https://{}/\"\nproxy.preserve-host: OFF", example_host);
      return fix;
    case ServerKind::envoy:
      fix.advice = "Let the cluster send the name of the request's Host as SNI, and check the certificate for it.";
      fix.directives =
          "typed_extension_protocol_options:\n"
          "  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:\n"
          "    \"@type\": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions\n"
          "    upstream_http_protocol_options: {auto_sni: true, auto_san_validation: true}\n"
          "    explicit_http_config: {http_protocol_options: {}}";
      return fix;
    case ServerKind::istio:
      fix.advice =
          "Name the SNI in the DestinationRule, or leave it out there: without it, Istio lets Envoy take it from the "
          "request's Host.";
      fix.directives = fmt::format("trafficPolicy:\n  tls: {{mode: SIMPLE, sni: {}}}", example_host);
      return fix;
    case ServerKind::trafficserver:
      fix.advice = "Send the client's Host to the back, and take the SNI from it, which is Traffic Server's default.";
      fix.directives =
          "CONFIG proxy.config.url_remap.pristine_host_hdr INT 1\nCONFIG proxy.config.ssl.client.sni_policy STRING host";
      if (edge.host.value.kind == NameExpression::Kind::back_host || edge.host.value.kind == NameExpression::Kind::fixed) {
        fix.advice =
            "Name the back in the map by the host name that it serves: without pristine_host_hdr, Traffic Server takes both "
            "Host and SNI from there.";
        fix.directives = fmt::format("CONFIG proxy.config.ssl.client.sni_policy STRING host\nmap … https://{}/", example_host);
      }
      return fix;
      return fix;
    case ServerKind::traefik:
      if (edge.host.value.kind == NameExpression::Kind::back_host) {
        fix.advice = "Name the back by the host name that it serves in its URL: Traefik sends that name as SNI and as Host.";
        fix.directives = fmt::format("loadBalancer:\n  passHostHeader: false\n  servers: [{{url: \"https://{}\"}}]", example_host);
        return fix;
      }
      fix.advice =
          "Traefik cannot take the SNI from the request. Give each name a service with a serversTransport whose serverName it is "
          "(or with passHostHeader: false and the name in the URL, which sends that one as Host, too).";
      fix.directives = fmt::format("serversTransports:\n  own: {{serverName: {}}}\nservices:\n  own: {{loadBalancer: "
                                   "{{serversTransport: own}}}}",
                                   example_host);
      return fix;
      return fix;
    case ServerKind::kubernetes:
      if (kubernetes::is_of_ingress(deployment, front)) {
        fix.advice = "Let ingress-nginx send the name as SNI; its proxy-ssl annotations count only beside proxy-ssl-secret.";
        fix.directives = fmt::format(
            "nginx.ingress.kubernetes.io/proxy-ssl-secret: NAMESPACE/SECRET\n"
            "nginx.ingress.kubernetes.io/proxy-ssl-server-name: \"on\"\n"
            "nginx.ingress.kubernetes.io/proxy-ssl-name: {}",
            example_host);
        return fix;
      }
      fix.advice = "Let the BackendTLSPolicy name the host that requests are for, or rewrite their Host to its name.";
      fix.directives = fmt::format("validation: {{hostname: {}}}", example_host);
      return fix;
    case ServerKind::httpd:
      fix.advice = "Send the client's Host to the back: httpd takes the SNI from it.";
      fix.directives = "ProxyPreserveHost On";
      if (edge.host.value.kind == NameExpression::Kind::fixed) {
        fix.advice =
            "Name the back by the host name that it serves (with a line in /etc/hosts where DNS lacks it): "
            "httpd "
            "takes both SNI and Host from there.";
        fix.directives = fmt::format("ProxyPass \"{}\" \"https://{}{}/\"",
                                     edge.location.empty() ? "/" : edge.location, example_host,
                                     edge.addresses.empty() || edge.addresses.front().port == Port(443)
                                         ? std::string()
                                         : fmt::format(":{}", edge.addresses.front().port.number()));
      }
      return fix;
  }
  return fix;
}

Fix keep_pool_apart(const Topology& topology, SiteId site, const BackEdge& edge, PoolUse use,
                    const std::string& later) {
  constexpr Version keepalive_by_default{1, 29, 7};  // and with it `local`, and 0 as a value
  Fix fix;
  if (topology.deployment(site).server == ServerKind::haproxy) {
    fix.advice = fmt::format("Let idle connections be found by what the SNI is made of, which is HAProxy's default: take "
                             "pool-conn-name out of the server line, so that {} gets none of another name.", later);
    fix.directives = "server … ssl sni req.hdr(host),field(1,:)";
    fix.place = topology.place(site, edge.span, "server of backend " + edge.pool);
    return fix;
  }
  if (topology.deployment(site).server == ServerKind::trafficserver) {
    fix.advice = fmt::format("Let idle connections be found by the SNI, too, so that {} gets none of another name.", later);
    fix.directives = "CONFIG proxy.config.http.server_session_sharing.match STRING ip,sni,cert";
    fix.place = topology.place(site, edge.keepalive.span.known() ? edge.keepalive.span : edge.span, "back edge");
    return fix;
  }
  if (topology.deployment(site).version < keepalive_by_default) {
    fix.advice = fmt::format(
        "Give {} an upstream of its own, and a location that passes to it; or take keepalive out of "
        "upstream {} (before nginx 1.29.7 it cannot be 0).",
        later, edge.pool);
    fix.directives = fmt::format("upstream {}-{} {{\n", edge.pool, later);
    for (const BackAddress& address : edge.addresses)
      fix.directives += fmt::format("    server {};\n", address_text(address));
    fix.directives += fmt::format("    keepalive {};\n}}", edge.keepalive.value);
  } else if (use == PoolUse::one_name_per_location) {
    fix.advice = fmt::format("Let every location keep its connections to upstream {} to itself.", edge.pool);
    fix.directives = fmt::format("keepalive {} local;", edge.keepalive.value);
  } else {
    fix.advice = fmt::format(
        "Keep no idle connections in upstream {}, or give every name a location of its own.", edge.pool);
    fix.directives = "keepalive 0;";
  }
  SourceSpan span = edge.span;
  if (!edge.addresses.empty() && edge.addresses.front().span.known()) span = edge.addresses.front().span;
  if (edge.keepalive.span.known()) span = edge.keepalive.span;
  fix.place = topology.place(site, span, "upstream " + edge.pool);
  return fix;
}

}  // namespace astray
