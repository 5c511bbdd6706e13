// One request over HTTP/2: how its answer is written, and how long the client is waited for.
#include <algorithm>
#include <utility>

#include "proxy/front/http2_front.h"

namespace astray::proxy {
namespace {

using gateway::Body;

}  // namespace

void Http2Stream::inform(int status, const Fields& fields) {
  Fields with_status = fields;
  with_status.push_front({":status", std::to_string(status)});
  (void)front_.engine().informational(id_, with_status);
  front_.flush_soon();
}

void Http2Stream::respond(ResponseHead head) {
  since_ = front_.host().loop().now();
  // RFC 8441 §5: what is 101 in HTTP/1.1 is 200 here.
  const bool goes_over = head.status == 101 && is_connect_;
  const http2::Then then = head.body == Body::follows || goes_over ? http2::Then::body : http2::Then::end;
  if (then == http2::Then::end) answer_ended_ = true;
  (void)front_.engine().respond(id_, goes_over ? 200 : head.status, head.fields, head.content_length, then);
  front_.flush_soon();
}

void Http2Stream::send_body(std::string_view bytes) {
  given_bytes_ += bytes.size();
  (void)front_.engine().send_body(id_, bytes, http2::Then::body);
  if (!wants_room_ && unsent() > low_water_mark) front_.want_room(*this);
  front_.flush_soon();
}

void Http2Stream::end_body(Fields trailers) {
  if (!std::exchange(answer_ended_, true)) {
    if (trailers.empty())
      (void)front_.engine().send_body(id_, {}, http2::Then::end);
    else
      (void)front_.engine().send_trailers(id_, std::move(trailers));
  }
  front_.flush_soon();
  front_.finish(*this);
}

void Http2Stream::abort() {
  (void)front_.engine().reset(id_, http2::ErrorCode::internal_error);
  answer_ended_ = request_ended_ = true;
  front_.flush_soon();
  front_.finish(*this);
}

size_t Http2Stream::unsent() const {
  return front_.engine().unsent_body(id_);
}

Waiting Http2Stream::waits_for() const {
  if (unsent() != 0) return Waiting::write;
  if (!request_ended_ && !is_connect_ && held_bytes_ == 0) return Waiting::body;
  return Waiting::nothing;
}

bool Http2Stream::client_took_some() {
  const uint64_t taken = given_bytes_ - unsent();
  return std::exchange(taken_bytes_, taken) != taken;
}

void Http2Stream::consume(size_t bytes) {
  held_bytes_ -= std::min(bytes, held_bytes_);
  if (held_bytes_ == 0) since_ = front_.host().loop().now();
  front_.engine().consume(id_, bytes);
  front_.flush_soon();
}

// ---- patience

Patience Http2Front::patience() const {
  if (streams_.empty()) return {Waiting::idle, idle_since_};
  Patience patience;
  const auto consider = [&](Waiting waiting, MonotonicTime since) {
    if (patience.waiting == Waiting::nothing || since < patience.since) patience = {waiting, since};
  };
  streams_.for_each([&](const Http2Stream& stream) {
    const Waiting waiting = stream.waits_for();
    if (waiting != Waiting::nothing) consider(waiting, stream.since_);
  });
  return patience;
}

void Http2Front::on_impatience(Waiting waiting) {
  if (waiting == Waiting::idle) return go_away();
  // The stream that stalls, and those that began to stall no later.
  const MonotonicTime since = patience().since;
  streams_.for_each([&](Http2Stream& stream) {
    const Waiting stalls = stream.waits_for();
    if (stalls == Waiting::nothing || stream.since_ > since) return;
    if (stalls == Waiting::write && stream.client_took_some()) {
      stream.since_ = host_.loop().now();
      return;
    }
    if (stalls == Waiting::body && !stream.exchange_->answer_begun())
      return stream.exchange_->give_up_request(gateway::Trouble::request_timeout, {});
    if (!stream.exchange_->ended()) stream.exchange_->on_client_gone();
    (void)engine_.reset(stream.id_, http2::ErrorCode::cancel);
    stream.answer_ended_ = stream.request_ended_ = true;
    finish(stream);
  });
  remove_finished();
  flush_soon();
}

}  // namespace astray::proxy
