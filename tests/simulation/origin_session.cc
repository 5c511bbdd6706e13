#include "simulation/origin_session.h"

#include <fmt/format.h>

#include <map>

#include "base/ascii.h"
#include "http1/server.h"
#include "http2/server.h"

namespace astray::simulation {
namespace {

const Answered bad_request{400, "<h1>Bad Request</h1>"};

class Http1Session final : public OriginSession {
 public:
  Http1Session(Origin& origin, std::string sni) : origin_(origin), sni_(std::move(sni)) {}

  void receive(std::string_view bytes) override {
    engine_.receive(bytes);
    while (std::optional<Http1Server::Event> event = engine_.next_event()) {
      if (const auto* head = std::get_if<http1::RequestHead>(&*event)) take(*head);
      if (const auto* body = std::get_if<http1::BodyData>(&*event)) asked_.body += body->bytes;
      if (std::holds_alternative<http1::RequestEnd>(*event) && !answered_) answer(decide());
      if (std::holds_alternative<http1::Failed>(*event)) over_ = true;
    }
  }
  size_t write_to(std::span<char> buffer) override { return engine_.write_to(buffer); }
  uint32_t requests() const override { return requests_; }
  bool over() const override { return over_ || engine_.must_close(); }

 private:
  void take(const http1::RequestHead& head) {
    origin_.count_request();
    const std::string_view host = head.target.form == http1::TargetForm::absolute
                                      ? head.target.authority
                                      : head.fields.find("host").value_or("");
    asked_ = {.sni = sni_, .host = canonical(host), .protocol = Protocol::h1, .index = requests_++};
    asked_.method = head.method;
    asked_.target = head.raw_target;
    for (const http1::Field& field : head.fields)
      asked_.fields.emplace_back(ascii_lower(field.name), field.value);
    is_bad_ = head.fields.count(http1::KnownField::host) != 1 || host.empty();
    answered_ = false;
    if (head.expects == http1::Expectation::continue_100) engine_.inform(100, "Continue");
    if (!origin_.options().answer_to_head) return;
    if (const auto early = origin_.options().answer_to_head(asked_)) answer(*early);
  }

  Answered decide() const { return is_bad_ ? bad_request : origin_.answer(asked_); }

  void answer(const Answered& answered) {
    answered_ = true;
    if (answered.speech == Answered::Speech::never) return;
    const bool is_last = requests_ >= origin_.options().requests_per_connection;
    http1::Response response;
    response.status = answered.status;
    response.field_lines = {"Server: origin", "Content-Type: text/html"};
    for (const auto& [name, value] : answered.fields) response.field_lines.push_back(name + ": " + value);
    if (is_last && origin_.options().farewell == Farewell::announced) response.keep = http1::KeepsAlive::no;
    if (is_last && origin_.options().farewell == Farewell::unannounced) over_ = true;
    if (answered.speech == Answered::Speech::half) {
      response.body = http1::ResponseBody::content_length;
      response.content_length = answered.body.size();
      engine_.respond(response);
      engine_.send_body(std::string_view(answered.body).substr(0, answered.body.size() / 2));
    } else if (!answered.trailers.empty()) {
      response.body = http1::ResponseBody::chunked;
      engine_.respond(response);
      engine_.send_body(answered.body);
      http1::FieldLines lines;
      for (const auto& [name, value] : answered.trailers) lines.add(name, value);
      engine_.end_response(lines);
    } else {
      engine_.respond(std::move(response), answered.body);
    }
  }

  Origin& origin_;
  std::string sni_;
  Http1Server engine_;
  Asked asked_;
  bool is_bad_ = false;
  bool answered_ = false;
  uint32_t requests_ = 0;
  bool over_ = false;
};

class Http2Session final : public OriginSession {
 public:
  Http2Session(Origin& origin, std::string sni, MonotonicTime now)
      : origin_(origin), sni_(std::move(sni)), engine_(http2::Options{}, now) {
    if (!origin.options().origin_frame.empty()) (void)engine_.origin(origin.options().origin_frame);
  }

  void receive(std::string_view bytes) override {
    engine_.receive(bytes);
    while (std::optional<Http2Server::Event> event = engine_.next_event()) {
      if (const auto* head = std::get_if<http2::RequestHead>(&*event)) take(*head);
      if (const auto* body = std::get_if<http2::BodyData>(&*event)) {
        if (const auto found = asked_.find(body->stream); found != asked_.end())
          found->second.body += body->bytes;
      }
      if (const auto* end = std::get_if<http2::RequestEnd>(&*event)) {
        if (const auto found = asked_.find(end->stream); found != asked_.end()) {
          const Asked asked = std::move(found->second);
          asked_.erase(found);
          answer(end->stream, asked.host.empty() ? bad_request : origin_.answer(asked));
        }
      }
      if (std::holds_alternative<http2::ConnectionFailure>(*event) ||
          std::holds_alternative<http2::ConnectionEnd>(*event))
        over_ = true;
    }
  }
  size_t write_to(std::span<char> buffer) override { return engine_.write_to(buffer); }
  uint32_t requests() const override { return requests_; }
  bool over() const override { return over_; }

 private:
  void take(const http2::RequestHead& head) {
    origin_.count_request();
    const auto authority = http2::first_value(head.fields, ":authority");
    const auto host = http2::first_value(head.fields, "host");
    const auto name = authority ? authority : host;
    const bool conflict = authority && host && canonical(*authority) != canonical(*host);
    Asked asked{.sni = sni_, .host = "", .protocol = Protocol::h2, .index = requests_++};
    if (name && !conflict) asked.host = canonical(*name);
    if (const auto method = http2::first_value(head.fields, ":method")) asked.method = *method;
    if (const auto path = http2::first_value(head.fields, ":path")) asked.target = *path;
    for (const http2::Field field : head.fields) asked.fields.emplace_back(field.name, field.value);
    const auto early =
        origin_.options().answer_to_head ? origin_.options().answer_to_head(asked) : std::nullopt;
    if (early) {
      answer(head.stream, *early);
    } else {
      asked_.emplace(head.stream, std::move(asked));
    }
  }

  void answer(http2::StreamId stream, const Answered& answered) {
    if (answered.speech == Speech::refused) {
      (void)engine_.reset(stream, http2::ErrorCode::refused_stream);
    } else if (answered.speech != Speech::never) {
      http2::Fields fields{{":status", fmt::format("{}", answered.status)},
                           {"server", "origin"},
                           {"content-type", "text/html"}};
      for (const auto& [name, value] : answered.fields) fields.push_back({ascii_lower(name), value});
      const bool half = answered.speech == Speech::half || answered.speech == Speech::reset;
      if (half || !answered.trailers.empty()) {
        (void)engine_.respond(stream, std::move(fields), http2::Then::body);
        const std::string_view body = answered.body;
        (void)engine_.send_body(stream, half ? body.substr(0, body.size() / 2) : body, http2::Then::body);
        http2::Fields trailers;
        for (const auto& [name, value] : answered.trailers) trailers.push_back({ascii_lower(name), value});
        if (!half) (void)engine_.send_trailers(stream, std::move(trailers));
        if (answered.speech == Speech::reset) (void)engine_.reset(stream, http2::ErrorCode::internal_error);
      } else {
        (void)engine_.respond(stream, std::move(fields), answered.body);
      }
    }
    if (requests_ < origin_.options().requests_per_connection) return;
    if (origin_.options().farewell == Farewell::announced) engine_.go_away();
    over_ = true;
  }

  Origin& origin_;
  std::string sni_;
  Http2Server engine_;
  std::map<http2::StreamId, Asked> asked_;
  uint32_t requests_ = 0;
  bool over_ = false;
};

}  // namespace

std::unique_ptr<OriginSession> make_http1_session(Origin& origin, std::string sni) {
  return std::make_unique<Http1Session>(origin, std::move(sni));
}

std::unique_ptr<OriginSession> make_http2_session(Origin& origin, std::string sni, MonotonicTime now) {
  return std::make_unique<Http2Session>(origin, std::move(sni), now);
}

}  // namespace astray::simulation
