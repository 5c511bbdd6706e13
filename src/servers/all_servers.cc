#include "servers/astray/astray.h"
#include "servers/caddy/caddy.h"
#include "servers/envoy/envoy.h"
#include "servers/h2o/h2o.h"
#include "servers/haproxy/haproxy.h"
#include "servers/httpd/httpd.h"
#include "servers/istio/istio.h"
#include "servers/kubernetes/kubernetes.h"
#include "servers/model/server.h"
#include "servers/nginx/nginx.h"
#include "servers/trafficserver/trafficserver.h"
#include "servers/traefik/traefik.h"

namespace astray {

std::span<const Server> all_servers() {
  static const Server servers[] = {nginx_server, httpd_server, astray_server, haproxy_server, caddy_server, h2o_server, envoy_server, istio_server, trafficserver_server, traefik_server, kubernetes_server};
  return servers;
}

}  // namespace astray
