#include "proxy/operation/admin_answers.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "embedded/admin_page_text.h"
#include "names/authority.h"
#include "proxy/operation/prometheus_text.h"

namespace astray::proxy {
namespace {

AdminAnswer plain_answer(int status, std::string body) {
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
    return Failure<AdminAnswer>(plain_answer(400, "one Host field is needed (RFC 9112 §3.2)\n"));
  const auto authority = Authority::parse(request.hosts.front());
  if (!authority)
    return Failure<AdminAnswer>(
        plain_answer(400, fmt::format("Host is malformed: {}\n", describe(authority.error()))));
  if (!is_trusted_host(authority->host, configured))
    return Failure<AdminAnswer>(plain_answer(
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

AdminAnswer admin_page_part(std::string_view stem, std::string content_type) {
  return {.content_type = std::move(content_type), .body = std::string(embedded::admin_page_text(stem))};
}

AdminAnswer answer_health(const AdminSource&) {
  return plain_answer(200, "ok\n");
}
AdminAnswer answer_readiness(const AdminSource& source) {
  return source.serving() == MetricsState::Serving::ready ? plain_answer(200, "ready\n")
                                                          : plain_answer(503, "draining\n");
}
AdminAnswer answer_metrics(const AdminSource& source) {
  return {.content_type = std::string(PrometheusText::content_type), .body = source.metrics_text()};
}
AdminAnswer answer_front_door(const AdminSource&) {
  AdminAnswer answer = plain_answer(307, "the page is /admin\n");
  answer.field_lines.emplace_back("Location: /admin");
  return answer;
}
AdminAnswer answer_page(const AdminSource&) {
  return admin_page_part("page", "text/html; charset=utf-8");
}
AdminAnswer answer_script(const AdminSource&) {
  return admin_page_part("script", "text/javascript; charset=utf-8");
}
AdminAnswer answer_style(const AdminSource&) {
  return admin_page_part("style", "text/css; charset=utf-8");
}
AdminAnswer answer_state(const AdminSource& source) {
  return {.content_type = "application/json", .body = admin_state_json(source.state())};
}

struct AdminPlace {
  std::string_view path;
  AdminAnswer (*answer)(const AdminSource&);
};
constexpr std::array admin_places = {
    AdminPlace{"/", answer_front_door},          AdminPlace{"/healthz", answer_health},
    AdminPlace{"/readyz", answer_readiness},     AdminPlace{"/metrics", answer_metrics},
    AdminPlace{"/admin", answer_page},           AdminPlace{"/admin/page.js", answer_script},
    AdminPlace{"/admin/page.css", answer_style}, AdminPlace{"/admin/state.json", answer_state},
};
constexpr std::string_view reload_path = "/admin/reload";

AdminAnswer method_not_allowed(std::string_view allowed) {
  AdminAnswer answer = plain_answer(405, fmt::format("only {} here\n", allowed));
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
    if (request.method != "POST") return method_not_allowed("POST");
    if (is_from_elsewhere(request, *host)) return plain_answer(403, "a page of another site asks for this\n");
    return ReloadAsked{};
  }
  const auto place = std::ranges::find(admin_places, path, &AdminPlace::path);
  if (place == admin_places.end())
    return plain_answer(
        404, "here are /admin, /admin/state.json, /metrics, /healthz, /readyz and POST /admin/reload\n");
  if (request.method != "GET" && request.method != "HEAD") return method_not_allowed("GET, HEAD");
  return place->answer(source);
}

AdminAnswer answer_reload(const Result<uint64_t>& reloaded) {
  if (reloaded) return plain_answer(200, fmt::format("configuration {} is in use\n", *reloaded));
  return plain_answer(409,
                      fmt::format("{}\nthe configuration before stays in use\n", reloaded.error().message));
}

std::vector<std::string> admin_field_lines() {
  return {"Cache-Control: no-store",
          // The page's icon is an empty data: URL, so that browsers ask for none.
          "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
          "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          "Cross-Origin-Resource-Policy: same-origin", "Referrer-Policy: no-referrer",
          "X-Content-Type-Options: nosniff"};
}

}  // namespace astray::proxy
