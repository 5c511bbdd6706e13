#include "cli/watch_port.h"

#include <fmt/format.h>

#include "watch/settings/secret_file.h"
#include "web/prometheus_text.h"
#include "web/server.h"

namespace astray {
namespace {

web::Route metrics_route(std::function<std::string()> metrics) {
  return {.path = "/metrics", .answer = [metrics = std::move(metrics)](const web::Request&) {
            return web::at_once(web::Answer{.content_type = std::string(web::PrometheusText::content_type),
                                            .body = metrics()});
          }};
}

web::Route health_route() {
  return {.path = "/healthz",
          .answer = [](const web::Request&) { return web::at_once(web::plain_answer(200, "ok\n")); }};
}

}  // namespace

Result<WatchPorts> WatchPorts::open(Network& network, const watch::PageSettings& settings,
                                    std::vector<web::Route> page, std::function<std::string()> metrics) {
  WatchPorts ports;
  if (settings.listen) {
    web::Site site{.configured = *settings.listen, .names = settings.names};
    if (!settings.token_file.empty()) {
      Result<std::string> secret = watch::read_secret(settings.token_file);
      if (!secret) return Failure<Error>(secret.error());
      site.token.emplace(std::move(*secret));
    }
    site.routes = std::move(page);
    site.routes.push_back(health_route());
    if (!settings.metrics_listen) site.routes.push_back(metrics_route(metrics));
    if (const Result<void> added = ports.add(network, *settings.listen, "page", std::move(site)); !added)
      return Failure<Error>(added.error());
  }
  if (!settings.metrics_listen) return ports;
  web::Site own{.configured = *settings.metrics_listen, .names = settings.names};
  own.routes = {metrics_route(std::move(metrics)), health_route()};
  if (const Result<void> added = ports.add(network, *settings.metrics_listen, "metrics", std::move(own));
      !added)
    return Failure<Error>(added.error());
  return ports;
}

Result<void> WatchPorts::add(Network& network, Endpoint at, std::string what, web::Site site) {
  auto listener = network.listen(at, {});
  if (!listener)
    return failure(
        fmt::format("the {} cannot listen at {}: {}; give it another address in page, or say page: off", what,
                    at.text(), describe(listener.error())));
  const std::string address = (*listener)->local().text();
  ports_.push_back({std::move(*listener), std::make_unique<web::Site>(std::move(site)),
                    fmt::format("{} at http://{}/{}", what, address, what == "metrics" ? "metrics" : "")});
  return {};
}

std::vector<Task<void>> WatchPorts::serve(Loop& loop) {
  std::vector<Task<void>> tasks;
  for (Open& port : ports_) tasks.push_back(web::serve(loop, *port.listener, *port.site));
  return tasks;
}

std::vector<std::string> WatchPorts::addresses() const {
  std::vector<std::string> texts;
  for (const Open& port : ports_) texts.push_back(port.what);
  return texts;
}

}  // namespace astray
