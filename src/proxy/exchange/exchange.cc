#include "proxy/exchange/exchange.h"

#include <utility>

#include "base/check.h"
#include "gateway/refusal/refusal.h"
#include "gateway/routing/max_forwards.h"
#include "gateway/routing/prepare_request.h"
#include "gateway/routing/redirect.h"
#include "gateway/routing/request_hash.h"

namespace astray::proxy {
namespace {

using gateway::Body;
using gateway::Trouble;

/// Above this, the side that sends is not asked for more.
constexpr size_t high_water = size_t{64} * 1024;

/// As the client would have it.
gateway::RefusalFormat format_for(const RequestHead& head) {
  std::string joined;
  for (const http2::Field field : head.fields) {
    if (field.name != "accept") continue;
    if (!joined.empty()) joined += ',';
    joined += field.value;
  }
  return gateway::negotiate(joined);
}

Trouble trouble_of(BackFailure::Kind kind) {
  switch (kind) {
    case BackFailure::Kind::unavailable:
      return Trouble::back_unavailable;
    case BackFailure::Kind::overloaded:
      return Trouble::back_overloaded;
    case BackFailure::Kind::unreachable:
      return Trouble::back_unreachable;
    case BackFailure::Kind::handshake:
      return Trouble::back_handshake;
    case BackFailure::Kind::closed_early:
      return Trouble::back_closed_early;
    case BackFailure::Kind::malformed:
      return Trouble::back_malformed;
    case BackFailure::Kind::timed_out:
      return Trouble::back_timed_out;
  }
  CHECK(false);
}

bool has_rewrites(const gateway::Route& route) {
  return route.rewrite.path || route.rewrite.prefix;
}

/// RFC 9110 §9.2.2.
bool is_idempotent(std::string_view method) {
  for (const std::string_view each : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
    if (method == each) return true;
  return false;
}

}  // namespace

Exchange::Exchange(ExchangeParts parts, const ClientConnection& connection, FrontStream& front,
                   uint64_t request_number)
    : parts_(parts),
      connection_(connection),
      front_(front),
      request_number_(request_number),
      began_at_(parts.journal.wall_time()),
      began_(parts.loop.now()) {}

Exchange::~Exchange() {
  if (phase_ != Phase::ended) write_record();
}

void Exchange::remember(const Verdict& verdict) {
  answer_ = verdict.answer;
  reason_ = verdict.reason;
  if (verdict.evidence.authority != head_.authority) asked_authority_ = verdict.evidence.authority;
}

void Exchange::refuse(RequestHead head, const Verdict& verdict) {
  head_ = std::move(head);
  remember(verdict);
  replay_.give_up();
  if (verdict.reason == Reason::unowned && connection_.unowned == gateway::UnownedSetting::close) {
    front_.abort();
    return end();
  }
  const gateway::RefusalFormat format = format_for(head_);
  answer(astray::status(verdict.answer), gateway::content_type(format),
         gateway::refusal_body(verdict, format));
}

void Exchange::answer_trouble(RequestHead head, Trouble trouble, std::string_view detail) {
  head_ = std::move(head);
  replay_.give_up();
  give_trouble(trouble, detail);
}

void Exchange::serve(std::shared_ptr<const Generation> generation, RequestHead head, const Judged& judged) {
  generation_ = std::move(generation);
  head_ = std::move(head);
  remember(judged.verdict);
  virtual_host_ = judged.virtual_host;
  if (judged.redirect_to)
    return redirect(308, gateway::https_location(judged.asked->origin(), head_.target, *judged.redirect_to));
  if (std::string_view(head_.method) == "CONNECT") return give_trouble(Trouble::upgrade_impossible, "this is no forward proxy");

  if (gateway::count_hop(head_) == gateway::Hop::ends_here) return answer(204, {}, {});
  const gateway::RouteMatch match = virtual_host_->routes.match(head_);
  if (match.outcome == gateway::RouteMatch::Outcome::none) return give_trouble(Trouble::no_route, {});
  if (match.outcome != gateway::RouteMatch::Outcome::found)
    return give_trouble(Trouble::bad_path, to_string(match.outcome));
  route_ = match.route;
  if (route_->redirect)
    return redirect(gateway::status_code(route_->redirect->status),
                    gateway::location(*route_->redirect, judged.asked->origin(), head_.target));
  const auto back = route_->backs.choose(parts_.random());
  if (!back) return give_trouble(Trouble::back_unavailable, "all backs of the route have weight 0");

  const gateway::BackSettings& settings = generation_->site->back(*back);
  wish_ = BackWish{.back = *back};
  if (uses_tls(settings.protocol)) wish_.sni = gateway::back_server_name(*route_, judged.asked->origin().host);
  if (settings.balancing.method == gateway::BalancingMethod::consistent_hash)
    wish_.hash = gateway::hash_of(head_, settings.balancing, connection_.client.address);
  if (has_rewrites(*route_)) asked_target_ = head_.target;
  if (route_->host) asked_authority_ = head_.authority;
  gateway::prepare_request(head_, *route_, *connection_.as_told, *judged.asked, received_over());
  phase_ = Phase::waiting;
  send(Scope::shared);
}

gateway::ReceivedOver Exchange::received_over() const {
  return connection_.facts.protocol == Protocol::h2 ? gateway::ReceivedOver::http2
                                                    : gateway::ReceivedOver::http1_1;
}

void Exchange::send(Scope scope) {
  wish_.scope = scope;
  ++attempts_;
  has_back_connection_ = false;
  back_status_ = 0;
  sent_to_back_ = parts_.loop.now();
  back_ = generation_->backs->send(wish_, head_, *this);
  if (!replay_.body().empty() && back_) back_->send_body(replay_.body());
  if (replay_.ended() && back_) back_->end_body(replay_.trailers());
}

// ---- from the client

void Exchange::on_request_body(std::string_view bytes) {
  request_bytes_ += bytes.size();
  if (replay_.possible()) replay_.keep_body(bytes);
  if (!back_) return front_.consume(bytes.size());
  back_->send_body(bytes);
  held_request_bytes_ += bytes.size();
  if (back_ && back_->unsent() <= high_water) release_request_credit();
}

void Exchange::on_request_end(Fields trailers) {
  if (replay_.possible()) replay_.keep_end(trailers);
  if (back_) back_->end_body(std::move(trailers));
}

void Exchange::on_client_gone() {
  if (phase_ == Phase::ended) return;
  if (error_kind_.empty()) error_kind_ = "client-gone";
  back_.reset();
  end();
}

void Exchange::on_front_room() {
  release_response_credit();
}

void Exchange::release_request_credit() {
  if (const size_t bytes = std::exchange(held_request_bytes_, 0)) front_.consume(bytes);
}

void Exchange::release_response_credit() {
  const size_t bytes = std::exchange(held_response_bytes_, 0);
  if (bytes != 0 && back_) back_->consume(bytes);
}

// ---- from the back

void Exchange::on_connection(const BackConnectionFacts& facts) {
  back_connection_ = facts;
  has_back_connection_ = true;
}

void Exchange::on_room() {
  release_request_credit();
}

void Exchange::on_interim(int status, Fields fields) {
  if (phase_ == Phase::waiting) front_.inform(status, fields);
}

void Exchange::on_head(ResponseHead head) {
  back_status_ = head.status;
  back_took_ = parts_.loop.now() - sent_to_back_;
  parts_.journal.on_back_answered(back_label(), *back_took_);
  if (head.status == 421 && retry_after_421() == Retried::yes) return;
  if (head.status == 421) {
    std::string detail = retried_after_421_
                             ? "it was asked again on a connection of the authority's own, and said the same"
                             : "the request's body is too long to be sent again";
    return give_trouble(Trouble::back_misdirected, detail);
  }
  replay_.give_up();
  phase_ = Phase::responding;
  gateway::edit_response(head, *route_, back_speaks());
  status_ = head.status;
  const bool has_body = head.body == Body::follows;
  front_.respond(std::move(head));
  if (!has_body) on_end();
}

void Exchange::on_body(std::string_view bytes) {
  if (phase_ != Phase::responding) return;
  response_bytes_ += bytes.size();
  front_.send_body(bytes);
  held_response_bytes_ += bytes.size();
  if (phase_ == Phase::responding && front_.unsent() <= high_water) release_response_credit();
}

void Exchange::on_trailers(Fields fields) {
  if (phase_ != Phase::responding) return;
  back_.reset();
  front_.end_body(std::move(fields));
  end();
}

void Exchange::on_end() {
  on_trailers({});
}

void Exchange::on_failure(BackFailure failure) {
  parts_.journal.on_back_failed(back_label(), failure.kind);
  back_.reset();
  if (phase_ == Phase::waiting && retry_elsewhere(failure) == Retried::yes) return;
  if (phase_ == Phase::waiting) {
    give_trouble(trouble_of(failure.kind), failure.sentence);
    return;
  }
  error_kind_ = to_string(failure.kind);
  error_sentence_ = std::move(failure.sentence);
  front_.abort();
  end();
}

/// RFC 9110 §15.5.20 lets a client retry on another connection; toward the back we are the client.
Exchange::Retried Exchange::retry_after_421() {
  if (retried_after_421_ || !replay_.possible() || !head_.upgrade.empty()) return Retried::no;
  retried_after_421_ = true;
  parts_.journal.on_back_misdirected(back_label());
  back_.reset();
  send(Scope::authority);
  return Retried::yes;
}

/// A kept connection may have been closed by the back while the request was on its way (RFC 9112 §9.3.1).
Exchange::Retried Exchange::retry_elsewhere(const BackFailure& failure) {
  if (retried_elsewhere_ || !replay_.possible()) return Retried::no;
  const bool was_about_to_close =
      failure.kind == BackFailure::Kind::closed_early && has_back_connection_ && back_connection_.reused;
  const bool not_processed =
      failure.processing == BackFailure::Processing::never && failure.kind == BackFailure::Kind::closed_early;
  if (!not_processed && !(was_about_to_close && is_idempotent(head_.method))) return Retried::no;
  retried_elsewhere_ = true;
  send(wish_.scope);
  return Retried::yes;
}

const std::string& Exchange::back_label() const {
  return generation_->site->back(wish_.back).name.value.text;
}

gateway::ReceivedOver Exchange::back_speaks() const {
  const gateway::BackProtocol protocol = generation_->site->back(wish_.back).protocol;
  const bool is_http2 = protocol == gateway::BackProtocol::h2 || protocol == gateway::BackProtocol::h2c;
  return is_http2 ? gateway::ReceivedOver::http2 : gateway::ReceivedOver::http1_1;
}

// ---- answers of the gateway's own

void Exchange::give_up_request(Trouble trouble, std::string_view detail) {
  if (phase_ == Phase::waiting) give_trouble(trouble, detail);
}

void Exchange::redirect(int status, std::string_view location) {
  answer(status, {}, {}, {{"location", location}});
}

void Exchange::give_trouble(Trouble trouble, std::string_view detail) {
  error_kind_ = to_string(trouble);
  error_sentence_ = detail;
  const gateway::RefusalFormat format = format_for(head_);
  answer(gateway::status(trouble), gateway::content_type(format),
         gateway::trouble_body(trouble, detail, asked_authority(), format));
}

void Exchange::answer(int status, std::string_view content_type, std::string body, Fields fields) {
  back_.reset();
  phase_ = Phase::responding;
  status_ = status;
  ResponseHead head{.status = status, .fields = std::move(fields), .content_length = body.size()};
  head.fields.push_back({"date", parts_.journal.http_date()});
  head.fields.push_back({"server", "astray"});
  head.fields.push_back({"cache-control", "no-store"});
  if (!body.empty()) head.fields.push_back({"content-type", content_type});
  const bool has_body = !body.empty() && head_.method != "HEAD";
  if (has_body) head.body = Body::follows;
  front_.respond(std::move(head));
  if (has_body) {
    response_bytes_ += body.size();
    front_.send_body(body);
  }
  front_.end_body({});
  end();
}

void Exchange::end() {
  if (phase_ == Phase::ended) return;
  phase_ = Phase::ended;
  // What the back did not take is taken by nobody: without its window a connection would come to a stop.
  release_request_credit();
  write_record();
}

}  // namespace astray::proxy
