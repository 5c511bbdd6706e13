#include "http1/server.h"

#include <algorithm>

#include "base/check.h"
#include "http1/framing.h"

namespace astray {
using namespace http1;

Http1Server::Http1Server(Limits limits)
    : limits_(limits), head_(Reading::strict, limits), chunks_(Reading::strict, limits) {
  head_.begin(HeadParser::Part::request);
}

void Http1Server::receive(std::string_view bytes) {
  CHECK(input_.empty() && !input_ended_);
  if (held_begin_ == held_.size()) {
    held_.clear();
    held_begin_ = 0;
    input_ = bytes;
    return;
  }
  held_.erase(0, held_begin_);
  held_begin_ = 0;
  held_ += bytes;
}

void Http1Server::receive_end() {
  input_ended_ = true;
}

std::optional<Http1Server::Event> Http1Server::next_event() {
  const bool from_held = held_begin_ != held_.size();
  if (from_held) input_ = std::string_view(held_).substr(held_begin_);
  for (;;) {
    const State before = state_;
    std::optional<Event> event = step();
    if (event || state_ == before) {
      if (from_held) {
        held_begin_ = held_.size() - input_.size();
        input_ = {};
      }
      if (event) return event;
      if (state_ == State::waiting) return hold_input();
      return input_ended_ ? peer_ended() : std::nullopt;
    }
  }
}

std::optional<Http1Server::Event> Http1Server::step() {
  switch (state_) {
    case State::start: {
      if (input_.empty()) return std::nullopt;
      // No method starts with the type of a TLS handshake or alert record, and one byte must be enough to say
      // so.
      const char first = input_.front();
      if (first == 0x16 || first == 0x15) {
        const std::string_view record_type = first == 0x16 ? "\x16" : "\x15";
        return fail(FailureReason::not_http1, record_type, OtherProtocol::tls);
      }
      state_ = State::head;
      return std::nullopt;
    }
    case State::head:
      return read_head();
    case State::content_length:
    case State::tunnel:
      return read_content();
    case State::chunked:
      return read_chunked();
    case State::too_large:
      return fail(FailureReason::body_too_large);
    case State::end:
      return end_request();
    case State::waiting:
      if (due_ == Due::nothing) begin_next_request();
      return std::nullopt;
    case State::closed:
    case State::failed:
      said_more_ |= !input_.empty();
      input_ = {};
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Http1Server::Event> Http1Server::read_head() {
  switch (head_.feed(input_)) {
    case HeadParser::Outcome::needs_more:
      return std::nullopt;
    case HeadParser::Outcome::complete:
      return take_head();
    case HeadParser::Outcome::failed:
      break;
  }
  const FailureReason reason = head_.failure();
  if (reason != FailureReason::unsupported_version && reason != FailureReason::http2_preface)
    return fail(reason);
  const std::string_view line = head_.start_line_bytes().substr(0, max_kept_first_bytes);
  return fail(reason, line,
              recognise_other(line) == OtherProtocol::http_2 ? OtherProtocol::http_2 : OtherProtocol::none);
}

std::optional<Http1Server::Event> Http1Server::take_head() {
  const RequestLine line = head_.request_line();
  const Fields fields = head_.fields();
  const auto target = parse_target(line.method, line.target);
  if (!target) return fail(target.error());
  const auto decided = frame_request(line.version, fields);
  if (!decided) return fail(decided.error());
  if (decided->content_length > limits_.request_body_bytes) return fail(FailureReason::body_too_large);

  method_ = line.method;
  version_ = line.version;
  keep_ = keeps_alive(line.version, fields);
  is_last_request_ = keep_ == KeepsAlive::no;
  due_ = Due::response;
  tunnels_ = false;
  content_seen_ = 0;
  RequestHead head{line.method, line.target,      *target,      line.version,
                   fields,      decided->framing, std::nullopt, Expectation::none};
  switch (decided->framing) {
    case Framing::content_length:
      head.content_length = content_left_ = decided->content_length;
      state_ = content_left_ == 0 ? State::end : State::content_length;
      break;
    case Framing::chunked:
      chunks_.begin();
      state_ = State::chunked;
      break;
    case Framing::no_body:
    case Framing::until_close:
    case Framing::tunnel:
      state_ = State::end;
      break;
  }
  // RFC 9110 §10.1.1: of an HTTP/1.0 request, and without content, it is ignored.
  if (state_ != State::end && version_ == Version::http_1_1 && fields.lists(KnownField::expect, "100-continue"))
    head.expects = Expectation::continue_100;
  return head;
}

std::optional<Http1Server::Event> Http1Server::read_content() {
  if (input_.empty()) return std::nullopt;
  std::string_view bytes = input_;
  if (state_ == State::content_length) {
    bytes = input_.substr(0, static_cast<size_t>(std::min<uint64_t>(content_left_, input_.size())));
    content_left_ -= bytes.size();
    if (content_left_ == 0) state_ = State::end;
  }
  input_.remove_prefix(bytes.size());
  return BodyData{bytes};
}

std::optional<Http1Server::Event> Http1Server::read_chunked() {
  std::string_view data;
  switch (chunks_.feed(input_, data)) {
    case ChunkedBody::Outcome::needs_more:
      return std::nullopt;
    case ChunkedBody::Outcome::failed:
      return fail(chunks_.failure());
    case ChunkedBody::Outcome::complete:
      state_ = State::end;
      if (chunks_.trailers().size() == 0) return std::nullopt;
      return Trailers{chunks_.trailers()};
    case ChunkedBody::Outcome::data:
      break;
  }
  // What the limit allows is handed out first, so that the cut of the input makes no difference.
  const uint64_t allowed = limits_.request_body_bytes - content_seen_;
  if (data.size() > allowed) {
    state_ = State::too_large;
    data = data.substr(0, static_cast<size_t>(allowed));
    if (data.empty()) return std::nullopt;
  }
  content_seen_ += data.size();
  return BodyData{data};
}

std::optional<Http1Server::Event> Http1Server::end_request() {
  state_ = State::waiting;
  return RequestEnd{};
}

void Http1Server::begin_next_request() {
  if (tunnels_) {
    state_ = State::tunnel;
  } else if (keep_ == KeepsAlive::no) {
    state_ = State::closed;
  } else {
    head_.begin(HeadParser::Part::request);
    state_ = State::start;
  }
}

std::optional<Http1Server::Event> Http1Server::hold_input() {
  if (!input_.empty()) {
    held_.assign(input_);
    held_begin_ = 0;
    input_ = {};
  }
  if (held_.size() - held_begin_ > limits_.held_bytes) return fail(FailureReason::too_much_held);
  return std::nullopt;
}

std::optional<Http1Server::Event> Http1Server::peer_ended() {
  switch (state_) {
    case State::start:
      state_ = State::closed;
      return std::nullopt;
    case State::head:
      // Empty lines after the last request are no request.
      if (!head_.start_line_begun()) {
        state_ = State::closed;
        return std::nullopt;
      }
      return fail(FailureReason::closed_in_head);
    case State::content_length:
    case State::chunked:
      return fail(FailureReason::closed_in_body);
    case State::tunnel:
      state_ = State::closed;
      return RequestEnd{};
    case State::too_large:
    case State::end:
    case State::waiting:
    case State::closed:
    case State::failed:
      return std::nullopt;
  }
  return std::nullopt;
}

Http1Server::Event Http1Server::fail(FailureReason reason, std::string_view first_bytes,
                                     OtherProtocol looks_like) {
  const bool within_request = state_ == State::content_length || state_ == State::chunked ||
                              state_ == State::too_large || state_ == State::waiting;
  const int status = status_to_answer(reason);
  if (status == 0) {
    due_ = Due::nothing;
  } else if (!within_request) {
    due_ = Due::response;
    method_.clear();
    version_ = Version::http_1_1;
  }
  state_ = State::failed;
  keep_ = KeepsAlive::no;
  input_ = {};
  return Failed{reason, status, first_bytes, looks_like};
}

bool Http1Server::must_close() const {
  if (due_ != Due::nothing) return false;
  if (state_ == State::closed || state_ == State::failed) return true;
  return !tunnels_ && keep_ == KeepsAlive::no;
}

bool Http1Server::wants_input() const {
  if (input_ended_ || state_ == State::closed || state_ == State::failed) return false;
  return held_begin_ == held_.size();
}

}  // namespace astray
