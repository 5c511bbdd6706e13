#include "simulation/origin_session.h"

#include <fmt/format.h>

#include "http1/server.h"
#include "http2/server.h"

namespace astray::simulation {
namespace {

class Http1Session final : public OriginSession {
 public:
  Http1Session(Origin& origin, std::string sni) : origin_(origin), sni_(std::move(sni)) {}

  void receive(std::string_view bytes) override {
    engine_.receive(bytes);
    while (std::optional<Http1Server::Event> event = engine_.next_event()) {
      if (const auto* head = std::get_if<http1::RequestHead>(&*event)) answer(*head);
      if (std::holds_alternative<http1::Failed>(*event)) over_ = true;
    }
  }
  size_t write_to(std::span<char> buffer) override { return engine_.write_to(buffer); }
  uint32_t requests() const override { return requests_; }
  bool over() const override { return over_ || engine_.must_close(); }

 private:
  void answer(const http1::RequestHead& head) {
    origin_.count_request();
    const uint32_t index = requests_++;
    const bool is_last = requests_ >= origin_.options().requests_per_connection;
    const std::string_view host = head.target.form == http1::TargetForm::absolute
                                      ? head.target.authority
                                      : head.fields.find("host").value_or("");
    Answered answered{400, "<h1>Bad Request</h1>"};
    if (head.fields.count("host") == 1 && !host.empty())
      answered = origin_.answer({sni_, canonical(host), Protocol::h1, index});
    http1::Response response;
    response.status = answered.status;
    response.field_lines = {"Server: origin", "Content-Type: text/html"};
    if (is_last && origin_.options().farewell == Farewell::announced) response.keep = http1::KeepsAlive::no;
    if (is_last && origin_.options().farewell == Farewell::unannounced) over_ = true;
    engine_.respond(std::move(response), answered.body);
  }

  Origin& origin_;
  std::string sni_;
  Http1Server engine_;
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
      if (const auto* head = std::get_if<http2::RequestHead>(&*event)) answer(*head);
      if (std::holds_alternative<http2::ConnectionFailure>(*event) ||
          std::holds_alternative<http2::ConnectionEnd>(*event))
        over_ = true;
    }
  }
  size_t write_to(std::span<char> buffer) override { return engine_.write_to(buffer); }
  uint32_t requests() const override { return requests_; }
  bool over() const override { return over_; }

 private:
  void answer(const http2::RequestHead& head) {
    origin_.count_request();
    const uint32_t index = requests_++;
    const std::string* authority = http2::first_value(head.fields, ":authority");
    const std::string* host = http2::first_value(head.fields, "host");
    const std::string* name = authority != nullptr ? authority : host;
    const bool conflict =
        authority != nullptr && host != nullptr && canonical(*authority) != canonical(*host);
    Answered answered{400, "<h1>Bad Request</h1>"};
    if (name != nullptr && !name->empty() && !conflict)
      answered = origin_.answer({sni_, canonical(*name), Protocol::h2, index});
    (void)engine_.respond(head.stream,
                          {{":status", fmt::format("{}", answered.status)},
                           {"server", "origin"},
                           {"content-type", "text/html"}},
                          answered.body);
    if (requests_ < origin_.options().requests_per_connection) return;
    if (origin_.options().farewell == Farewell::announced) engine_.go_away();
    over_ = true;
  }

  Origin& origin_;
  std::string sni_;
  Http2Server engine_;
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
