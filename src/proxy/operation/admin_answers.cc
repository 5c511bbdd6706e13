#include "proxy/operation/admin_answers.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "embedded/admin_page_text.h"
#include "names/authority.h"
#include "proxy/operation/prometheus_text.h"

namespace astray::proxy {
namespace {

AdminAnswer plain(int status, std::string body) {
  return {.status = status, .body = std::move(body)};
}

bool is_trusted_host(const Host& host, const Endpoint& configured) {
  if (const Hostname* name = host.name()) return name->text() == "localhost";
  const IpAddress& address = *host.address();
  return address.is_loopback() || address == configured.address || configured.address.is_unspecified();
}

/// The authority that the request means, when it may.
Result<Authority, AdminAnswer> judge_host(const AdminRequest& request, const Endpoint& configured) {
  if (request.hosts.size() != 1)
    return Failure<AdminAnswer>(plain(400, "one Host field is needed (RFC 9112 §3.2)\n"));
  const auto authority = Authority::parse(request.hosts.front());
  if (!authority)
    return Failure<AdminAnswer>(
        plain(400, fmt::format("Host is malformed: {}\n", describe(authority.error()))));
  if (!is_trusted_host(authority->host, configured))
    return Failure<AdminAnswer>(plain(
        421,
        "this port answers to loopback names and addresses and to its own address; a name of somebody else "
        "could lead a browser here\n"));
  return *authority;
}

bool is_from_elsewhere(const AdminRequest& request, const Authority& host) {
  const auto& site = request.sec_fetch_site;
  if (site && *site != "same-origin" && *site != "none") return true;
  return request.origin && *request.origin != "http://" + host.text();
}

AdminAnswer page_part(std::string_view stem, std::string content_type) {
  return {.content_type = std::move(content_type), .body = std::string(embedded::admin_page_text(stem))};
}

AdminAnswer health(const AdminSource&) {
  return plain(200, "ok\n");
}
AdminAnswer readiness(const AdminSource& source) {
  return source.serving() == MetricsState::Serving::ready ? plain(200, "ready\n") : plain(503, "draining\n");
}
AdminAnswer metrics(const AdminSource& source) {
  return {.content_type = std::string(PrometheusText::content_type), .body = source.metrics_text()};
}
AdminAnswer front_door(const AdminSource&) {
  AdminAnswer answer = plain(307, "the page is /admin\n");
  answer.field_lines.emplace_back("Location: /admin");
  return answer;
}
AdminAnswer page(const AdminSource&) {
  return page_part("page", "text/html; charset=utf-8");
}
AdminAnswer script(const AdminSource&) {
  return page_part("script", "text/javascript; charset=utf-8");
}
AdminAnswer style(const AdminSource&) {
  return page_part("style", "text/css; charset=utf-8");
}
AdminAnswer state(const AdminSource& source) {
  return {.content_type = "application/json", .body = admin_state_json(source.state())};
}

struct Place {
  std::string_view path;
  AdminAnswer (*answer)(const AdminSource&);
};
constexpr std::array places = {
    Place{"/", front_door},          Place{"/healthz", health},
    Place{"/readyz", readiness},     Place{"/metrics", metrics},
    Place{"/admin", page},           Place{"/admin/page.js", script},
    Place{"/admin/page.css", style}, Place{"/admin/state.json", state},
};
constexpr std::string_view reload_path = "/admin/reload";

AdminAnswer not_allowed(std::string_view allowed) {
  AdminAnswer answer = plain(405, fmt::format("only {} here\n", allowed));
  answer.field_lines.push_back(fmt::format("Allow: {}", allowed));
  return answer;
}

}  // namespace

std::variant<AdminAnswer, ReloadAsked> answer_admin(const AdminRequest& request, const AdminSource& source,
                                                    const Endpoint& configured) {
  const auto host = judge_host(request, configured);
  if (!host) return host.error();
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  if (path == reload_path) {
    if (request.method != "POST") return not_allowed("POST");
    if (is_from_elsewhere(request, *host)) return plain(403, "a page of another site asks for this\n");
    return ReloadAsked{};
  }
  const auto place = std::ranges::find(places, path, &Place::path);
  if (place == places.end())
    return plain(404,
                 "here are /admin, /admin/state.json, /metrics, /healthz, /readyz and POST /admin/reload\n");
  if (request.method != "GET" && request.method != "HEAD") return not_allowed("GET, HEAD");
  return place->answer(source);
}

AdminAnswer answer_reload(const Result<uint64_t>& reloaded) {
  if (reloaded) return plain(200, fmt::format("configuration {} is in use\n", *reloaded));
  return plain(409, fmt::format("{}\nthe configuration before stays in use\n", reloaded.error().message));
}

std::vector<std::string> admin_field_lines() {
  return {
      "Cache-Control: no-store",
      "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      "Cross-Origin-Resource-Policy: same-origin", "Referrer-Policy: no-referrer",
      "X-Content-Type-Options: nosniff"};
}

}  // namespace astray::proxy
