#include "proxy/operation/admin_answers.h"

#include <fmt/format.h>

#include "embedded/admin_page_text.h"
#include "web/prometheus_text.h"

namespace astray::proxy {
namespace {

using web::plain_answer;

web::Answer answer_front_door(const AdminSource&) {
  web::Answer answer = plain_answer(307, "the page is /admin\n");
  answer.field_lines.emplace_back("Location: /admin");
  return answer;
}
web::Answer answer_health(const AdminSource&) {
  return plain_answer(200, "ok\n");
}
web::Answer answer_readiness(const AdminSource& source) {
  return source.serving() == MetricsState::Serving::ready ? plain_answer(200, "ready\n")
                                                          : plain_answer(503, "draining\n");
}
web::Answer answer_metrics(const AdminSource& source) {
  return {.content_type = std::string(web::PrometheusText::content_type), .body = source.metrics_text()};
}

web::Answer admin_page_part(std::string_view stem, std::string content_type) {
  return {.content_type = std::move(content_type), .body = std::string(embedded::admin_page_text(stem))};
}
web::Answer answer_page(const AdminSource&) {
  return admin_page_part("page", "text/html; charset=utf-8");
}
web::Answer answer_script(const AdminSource&) {
  return admin_page_part("script", "text/javascript; charset=utf-8");
}
web::Answer answer_style(const AdminSource&) {
  return admin_page_part("style", "text/css; charset=utf-8");
}
web::Answer answer_state(const AdminSource& source) {
  return web::json_answer(admin_state_json(source.state()));
}

struct AdminPlace {
  const char* path;
  web::Answer (*answer)(const AdminSource&);
};
constexpr AdminPlace admin_places[] = {
    {"/admin", answer_page},           {"/admin/state.json", answer_state}, {"/metrics", answer_metrics},
    {"/healthz", answer_health},       {"/readyz", answer_readiness},       {"/", answer_front_door},
    {"/admin/page.js", answer_script}, {"/admin/page.css", answer_style},
};

web::Answer answer_reload(const Result<uint64_t>& reloaded) {
  if (reloaded) return plain_answer(200, fmt::format("configuration {} is in use\n", *reloaded));
  return plain_answer(409,
                      fmt::format("{}\nthe configuration before stays in use\n", reloaded.error().message));
}

Task<web::Reply> reload_and_answer(AdminSource& source) {
  Task<Result<uint64_t>> reloading = source.reload();
  const Result<uint64_t> reloaded = co_await std::move(reloading);
  co_return web::Reply(answer_reload(reloaded));
}

}  // namespace

web::Site admin_site(AdminSource& source, const Endpoint& configured) {
  web::Site site{.configured = configured};
  for (const AdminPlace& place : admin_places)
    site.routes.push_back({.path = place.path, .answer = [&source, place](const web::Request&) {
                             return web::at_once(place.answer(source));
                           }});
  site.routes.push_back({.path = "/admin/reload",
                         .use = web::Use::change,
                         .answer = [&source](const web::Request&) { return reload_and_answer(source); }});
  return site;
}

}  // namespace astray::proxy
