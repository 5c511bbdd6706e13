#include "proxy/back/back_world_test.h"

#include <fmt/format.h>

#include "io/running_test.h"
#include "io/sleep.h"
#include "names/authority.h"
#include "support/certificates.h"

namespace astray::proxy::test {
namespace {

Task<void> pause_for(Loop& loop, Duration duration) {
  SleepUntil sleeping = sleep_for(loop, duration);
  co_await sleeping;
}

}  // namespace

void Recorder::note(std::string_view what, const std::string& detail) {
  if (destroyed_) ADD_FAILURE() << what << " after the request was destroyed";
  if (ended()) ADD_FAILURE() << what << " after the end";
  // Pieces of a body mean nothing.
  const bool again = what == "body" && log.ends_with("body");
  if (!again) log += fmt::format("{}{}{}", log.empty() ? "" : " ", what, detail);
  if (what == "end" || what == "trailers" || what == "failure") ended_at = loop_->now();
  if (what != destroy_at) return;
  request.reset();
  destroyed_ = true;
}

std::string Recorder::field(std::string_view name) const {
  const auto value = head ? http2::first_value(head->fields, name) : std::nullopt;
  return std::string(value.value_or(""));
}

void Recorder::on_connection(const BackConnectionFacts& facts) {
  connection = facts;
  note("connection", facts.reused ? ":reused" : "");
}
void Recorder::on_interim(int status, Fields) {
  note("interim", fmt::format(":{}", status));
}
void Recorder::on_head(ResponseHead response) {
  const int status = response.status;
  head = std::move(response);
  note("head", fmt::format(":{}", status));
}
void Recorder::on_body(std::string_view bytes) {
  body += bytes;
  note("body");
  if (request && appetite == Appetite::all) request->consume(bytes.size());
}
void Recorder::on_trailers(Fields fields) {
  trailers = std::move(fields);
  note("trailers");
  if (when_ended) when_ended();
}
void Recorder::on_end() {
  note("end");
  if (when_ended) when_ended();
}
void Recorder::on_failure(BackFailure what) {
  failure = std::move(what);
  note("failure", fmt::format(":{}:{}", to_string(failure->kind),
                              failure->processing == BackFailure::Processing::never ? "never" : "possible"));
  if (when_ended) when_ended();
}
void Recorder::on_room() {
  if (when_room) return when_room();
  note("room");
}

BackWorld::BackWorld(std::vector<std::string> addresses, gateway::BackProtocol protocol) {
  gateway::BackSettings back;
  back.name.value.text = "app";
  back.protocol = protocol;
  for (const std::string& text : addresses) {
    const Authority authority = Authority::parse(text).value();
    back.addresses.push_back({{authority.host, authority.port.value()}, {}});
  }
  back.balancing.method = gateway::BalancingMethod::round_robin;
  settings_.push_back(std::move(back));
}

TestServer& BackWorld::serve(std::string_view where, TestServer::MakePeer make,
                             std::shared_ptr<const tls::ServerContext> context) {
  return servers_.emplace_back(loop, network, at(where), std::move(make), std::move(context));
}

Backs& BackWorld::backs() {
  if (backs_) return *backs_;
  if (!prepared) prepared = prepare_backs(settings_).value();
  backs_ = std::make_unique<Backs>(BacksParts{
      .loop = loop,
      .network = network,
      .resolver = resolver,
      .settings = settings_,
      .prepared = prepared,
      .health = health,
      .connection_ids = ids_,
      .wall_clock = [] { return astray::test::instant("2026-06-01"); },
      .seed = 7,
      .checks = checks,
  });
  return *backs_;
}

void BackWorld::run(Duration duration) {
  astray::test::run(loop, pause_for(loop, duration));
}

std::unique_ptr<Recorder> BackWorld::send(RequestHead head, BackWish wish) {
  auto recorder = std::make_unique<Recorder>(loop);
  recorder->request = backs().send(wish, head, *recorder);
  return recorder;
}

std::unique_ptr<Recorder> BackWorld::get(std::string authority, BackWish wish) {
  return send(get_head(std::move(authority)), std::move(wish));
}

RequestHead get_head(std::string authority) {
  return {.method = "GET",
          .scheme = Scheme::https,
          .authority = std::move(authority),
          .target = "/",
          .fields = {{"accept", "*/*"}}};
}

RequestHead post_head(std::optional<uint64_t> length) {
  return {.method = "POST",
          .authority = "www.example.com",
          .target = "/form",
          .body = gateway::Body::follows,
          .content_length = length};
}

}  // namespace astray::proxy::test
