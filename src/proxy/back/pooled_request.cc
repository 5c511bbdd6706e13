#include "proxy/back/pooled_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "proxy/back/back_connection.h"

namespace astray::proxy {

PooledRequest::PooledRequest(Loop& loop, WaitingRoom& room, BackResponder& responder, EqualWaits& waits)
    : loop_(loop), room_(room), responder_(responder), waits_(waits) {
  move();
}

PooledRequest::~PooledRequest() {
  if (waiting_) room_.on_left(*waiting_);
  if (connection_ != nullptr) connection_->cancel(*this);
}

WaitingRequest& PooledRequest::wait(const BackWish& wish, const RequestHead& head) {
  CHECK(!waiting_ && connection_ == nullptr);
  waiting_ = std::make_unique<WaitingRequest>(*this, wish, head);
  return *waiting_;
}

void PooledRequest::start_on(BackConnection& connection, const RequestHead& head) {
  CHECK(phase_ == Phase::head && connection_ == nullptr);
  move();
  connection_ = &connection;
  if (head.body == gateway::Body::none) sending_ = Sending::all;
  if (head.expects_continue) expectation_ = Expectation::open;
  connection.start(*this, head);
  facts_ = connection.facts();
  loop_.flush_at_end_of_turn(*this);
}

void PooledRequest::start_on(BackConnection& connection) {
  const std::unique_ptr<WaitingRequest> waited = std::move(waiting_);
  start_on(connection, waited->head);
  if (!waited->body.empty()) send_body(waited->body);
  if (waited->end) end_body(std::move(*waited->end));
}

void PooledRequest::fail_soon(BackFailure failure) {
  waiting_.reset();
  connection_ = nullptr;
  failure_ = std::move(failure);
  loop_.flush_at_end_of_turn(*this);
}

void PooledRequest::flush() {
  if (failure_) return fail(std::move(*failure_));
  announce();
}

void PooledRequest::announce() {
  if (!facts_) return;
  const BackConnectionFacts facts = *facts_;
  facts_.reset();
  responder_.on_connection(facts);
}

void PooledRequest::send_body(std::string_view bytes) {
  move();
  if (sending_ == Sending::nothing) sending_ = Sending::body;
  if (waiting_) {
    waiting_->body += bytes;
  } else if (connection_ != nullptr) {
    connection_->send_body(*this, bytes);
  }
}

void PooledRequest::end_body(Fields trailers) {
  move();
  sending_ = Sending::all;
  if (waiting_) {
    waiting_->end = std::move(trailers);
  } else if (connection_ != nullptr) {
    connection_->end_body(*this, std::move(trailers));
  }
}

size_t PooledRequest::unsent() const {
  if (waiting_) return waiting_->body.size();
  return connection_ != nullptr ? connection_->unsent(*this) : 0;
}

void PooledRequest::consume(size_t bytes) {
  const size_t used = std::min(bytes, unconsumed_);
  unconsumed_ -= used;
  move();
  if (connection_ != nullptr) connection_->consume(*this, used);
}

void PooledRequest::take_interim(int status, Fields fields) {
  move();
  expectation_ = Expectation::none;
  responder_.on_interim(status, std::move(fields));
}

void PooledRequest::take_head(ResponseHead head) {
  phase_ = Phase::body;
  move();
  if (head.status == 101) {
    is_tunnel_ = true;
    EqualWait::unqueue();
  }
  responder_.on_head(std::move(head));
}

void PooledRequest::take_body(std::string_view bytes) {
  move();
  unconsumed_ += bytes.size();
  responder_.on_body(bytes);
}

void PooledRequest::take_end(std::optional<Fields> trailers) {
  phase_ = Phase::over;
  EqualWait::unqueue();
  if (trailers) return responder_.on_trailers(std::move(*trailers));
  responder_.on_end();
}

void PooledRequest::fail(BackFailure failure) {
  phase_ = Phase::over;
  EqualWait::unqueue();
  FlushItem::unqueue();
  responder_.on_failure(std::move(failure));
}

bool PooledRequest::back_is_awaited() const {
  if (phase_ == Phase::body) return sending_ == Sending::all && unconsumed_ == 0;
  // It may be waiting for more of the request, which is the sender's business, unless it does not even take
  // what there is.
  return sending_ == Sending::all || unsent() != 0 ||
         (expectation_ == Expectation::open && sending_ == Sending::nothing);
}

void PooledRequest::time_out() {
  using Kind = BackFailure::Kind;
  using Processing = BackFailure::Processing;
  const double seconds = std::chrono::duration<double>(waits_.length()).count();
  if (waiting_) {
    const std::unique_ptr<WaitingRequest> waited = std::move(waiting_);
    room_.on_left(*waited);
    return fail({Kind::timed_out, fmt::format("no connection to the back became free within {:g} s", seconds),
                 Processing::never});
  }
  const std::string sentence = phase_ == Phase::body
                                   ? fmt::format("the response stopped: nothing came for {:g} s", seconds)
                                   : fmt::format("no response within {:g} s", seconds);
  BackConnection& connection = *std::exchange(connection_, nullptr);
  connection.time_out(*this);
  fail({Kind::timed_out, sentence, Processing::possible});
}

void PooledRequest::move() {
  if (phase_ != Phase::over && !is_tunnel_) waits_.begin(*this);
}

void PooledRequest::on_wait_over(MonotonicTime) {
  if (phase_ == Phase::over || failure_) return;
  const size_t unsent_now = unsent();
  const bool moved = !waiting_ && (!back_is_awaited() || unsent_now != unsent_then_);
  unsent_then_ = unsent_now;
  if (moved) return move();
  time_out();
}

}  // namespace astray::proxy
