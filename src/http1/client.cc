#include "http1/client.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/check.h"
#include "http1/characters.h"
#include "http1/framing.h"

namespace astray {
namespace {

using namespace http1;

constexpr std::string_view response_prefix = "HTTP/";

KeepsAlive asked_to_keep(const Request& request, Version version) {
  bool keep_alive = version != Version::http_1_0;
  if (!request.field_lines.may_have_connection()) return keep_alive ? KeepsAlive::yes : KeepsAlive::no;
  std::string_view rest = request.field_lines.bytes();
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(line.size() + 2);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !ascii_iequals(trim_blanks(line.substr(0, colon)), "Connection"))
      continue;
    std::string_view options = line.substr(colon + 1);
    while (auto option = take_list_element(options)) {
      if (ascii_iequals(*option, "close")) return KeepsAlive::no;
      if (ascii_iequals(*option, "keep-alive")) keep_alive = true;
    }
  }
  return keep_alive ? KeepsAlive::yes : KeepsAlive::no;
}

}  // namespace

Http1Client::Http1Client(Limits limits)
    : limits_(limits), head_(Reading::lenient, limits), chunks_(Reading::lenient, limits) {
  head_.begin(HeadParser::Part::response);
}

void Http1Client::send(const Request& request) {
  CHECK(writing_ == BodyWriting::none);
  output_.append_all({request.method, " ", request.target, " ", request.version, "\r\n",
                      request.field_lines.bytes(), "\r\n"});
  writing_ = request.body;
  const Version version =
      std::string_view(request.version) == "HTTP/1.0" ? Version::http_1_0 : Version::http_1_1;
  outstanding_.push_back(Outstanding{request.method, version, asked_to_keep(request, version)});
}

void Http1Client::send_body(std::string_view bytes) {
  if (bytes.empty()) return;
  if (writing_ == BodyWriting::chunked) {
    output_.append_chunk(bytes);
    return;
  }
  const bool tunnel = state_ == State::announce_upgrade || state_ == State::tunnel;
  CHECK(writing_ == BodyWriting::as_it_is || tunnel);
  output_.append(bytes);
}

void Http1Client::end_body(const FieldLines& trailer_lines) {
  CHECK(writing_ != BodyWriting::none);
  if (writing_ == BodyWriting::chunked) output_.append_last_chunk(trailer_lines);
  writing_ = BodyWriting::none;
}

void Http1Client::receive(std::string_view bytes) {
  CHECK(input_.empty() && !input_ended_);
  input_ = bytes;
}

void Http1Client::receive_end() {
  input_ended_ = true;
}

std::optional<Http1Client::Event> Http1Client::next_event() {
  for (;;) {
    const State before = state_;
    std::optional<Event> event = step();
    if (event) return event;
    if (state_ != before) continue;
    return input_ended_ ? peer_ended() : std::nullopt;
  }
}

std::optional<Http1Client::Event> Http1Client::step() {
  switch (state_) {
    case State::begin_head:
      head_.begin(HeadParser::Part::response);
      first_bytes_.clear();
      state_ = State::before_head;
      return std::nullopt;
    case State::before_head:
      return before_head();
    case State::other_protocol:
      return read_other_protocol();
    case State::head:
      return read_head();
    case State::content_length:
    case State::until_close:
    case State::tunnel:
      return read_plain();
    case State::chunked:
      return read_chunked();
    case State::announce_upgrade:
      state_ = State::tunnel;
      return Upgraded{};
    case State::end:
      return end_response();
    case State::closed:
      input_ = {};
      if (!outstanding_.empty()) return fail(FailureReason::closed_before_response);
      return std::nullopt;
    case State::failed:
      input_ = {};
      return std::nullopt;
  }
  return std::nullopt;
}

// Compares what comes with "HTTP/" byte by byte; empty lines before it go to the head parser, which flags
// them.
std::optional<Http1Client::Event> Http1Client::before_head() {
  if (first_bytes_.empty() && !outstanding_.empty() && input_.starts_with(response_prefix)) {
    unsolicited_ = false;
    state_ = State::head;
    return std::nullopt;
  }
  while (!input_.empty()) {
    const char next = input_.front();
    if (first_bytes_.empty() && (next == '\r' || next == '\n')) {
      std::string_view blank = input_.substr(0, 1);
      input_.remove_prefix(1);
      if (head_.feed(blank) == HeadParser::Outcome::failed) return fail(head_.failure());
      continue;
    }
    if (first_bytes_.empty()) unsolicited_ = outstanding_.empty();
    if (unsolicited_ || next != response_prefix[first_bytes_.size()]) {
      state_ = State::other_protocol;
      return std::nullopt;
    }
    first_bytes_ += next;
    input_.remove_prefix(1);
    if (first_bytes_.size() < response_prefix.size()) continue;
    std::string_view prefix = first_bytes_;
    if (head_.feed(prefix) == HeadParser::Outcome::failed) return fail(head_.failure());
    state_ = State::head;
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Http1Client::Event> Http1Client::read_other_protocol() {
  // One byte more than is kept: a line end there still counts as one.
  const size_t room = max_kept_first_bytes + 1 - first_bytes_.size();
  const std::string_view taken = input_.substr(0, room);
  first_bytes_ += taken;
  input_.remove_prefix(taken.size());
  const auto enough = enough_first_bytes(first_bytes_);
  if (!enough) return std::nullopt;
  first_bytes_.resize(*enough);
  return fail_as_other_protocol();
}

std::optional<Http1Client::Event> Http1Client::read_head() {
  switch (head_.feed(input_)) {
    case HeadParser::Outcome::needs_more:
      return std::nullopt;
    case HeadParser::Outcome::complete:
      return take_head();
    case HeadParser::Outcome::failed:
      break;
  }
  if (head_.failure() == FailureReason::unsupported_version)
    return fail(head_.failure(), head_.start_line_bytes().substr(0, max_kept_first_bytes));
  return fail(head_.failure());
}

std::optional<Http1Client::Event> Http1Client::take_head() {
  const StatusLine line = head_.status_line();
  const Fields fields = head_.fields();
  if (line.status < 200 && line.status != 101) {
    if (++informational_seen_ > limits_.informational_responses)
      return fail(FailureReason::too_many_informational);
    state_ = State::begin_head;
    return InformationalResponse{line.status, line.reason_phrase, fields, head_.irregularities()};
  }

  const Outstanding& request = outstanding_.front();
  const auto decided = frame_response(request.method, line.status, line.version, fields);
  if (!decided) return fail(decided.error());
  Irregularities irregularities = head_.irregularities();
  irregularities.add(decided->irregularities);

  bool keep = keeps_alive(line.version, fields) == KeepsAlive::yes && request.keep == KeepsAlive::yes;
  // An HTTP/1.0 request is answered on a lasting connection only where the answer says so (RFC 9112 appendix
  // C.2.2).
  if (request.version == Version::http_1_0 && !fields.lists(KnownField::connection, "keep-alive")) keep = false;
  if (decided->framing == Framing::until_close || decided->framing == Framing::tunnel) keep = false;
  if (irregularities.has(Irregularity::length_with_transfer_encoding) ||
      irregularities.has(Irregularity::transfer_encoding_in_1_0))
    keep = false;
  ending_ = ResponseEnd{decided->framing, keep ? KeepsAlive::yes : KeepsAlive::no, irregularities};

  ResponseHead head{line.version,     line.status,  line.reason_phrase, fields,
                    decided->framing, std::nullopt, irregularities};
  switch (decided->framing) {
    case Framing::no_body:
      state_ = State::end;
      break;
    case Framing::content_length:
      head.content_length = content_left_ = decided->content_length;
      state_ = content_left_ == 0 ? State::end : State::content_length;
      break;
    case Framing::chunked:
      chunks_.begin();
      state_ = State::chunked;
      break;
    case Framing::until_close:
      state_ = State::until_close;
      break;
    case Framing::tunnel:
      state_ = State::announce_upgrade;
      break;
  }
  return head;
}

std::optional<Http1Client::Event> Http1Client::read_plain() {
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

std::optional<Http1Client::Event> Http1Client::read_chunked() {
  std::string_view data;
  switch (chunks_.feed(input_, data)) {
    case ChunkedBody::Outcome::needs_more:
      return std::nullopt;
    case ChunkedBody::Outcome::data:
      return BodyData{data};
    case ChunkedBody::Outcome::failed:
      return fail(chunks_.failure());
    case ChunkedBody::Outcome::complete:
      break;
  }
  state_ = State::end;
  ending_.irregularities.add(chunks_.irregularities());
  if (chunks_.trailers().size() == 0) return std::nullopt;
  return Trailers{chunks_.trailers()};
}

std::optional<Http1Client::Event> Http1Client::end_response() {
  outstanding_.erase(outstanding_.begin());
  answered_before_ = true;
  informational_seen_ = 0;
  state_ = ending_.keeps_alive == KeepsAlive::yes ? State::begin_head : State::closed;
  return ending_;
}

std::optional<Http1Client::Event> Http1Client::peer_ended() {
  switch (state_) {
    case State::before_head:
      if (unsolicited_ && !first_bytes_.empty()) return fail_as_other_protocol();
      if (outstanding_.empty()) {
        state_ = State::closed;
        return std::nullopt;
      }
      if (head_.started() || !first_bytes_.empty() || informational_seen_ != 0)
        return fail(FailureReason::closed_in_head);
      return fail(FailureReason::closed_before_response);
    case State::other_protocol:
      return fail_as_other_protocol();
    case State::head:
      return fail(FailureReason::closed_in_head);
    case State::content_length:
    case State::chunked:
      return fail(FailureReason::closed_in_body);
    case State::until_close:
    case State::tunnel:
      return end_response();
    case State::begin_head:
    case State::announce_upgrade:
    case State::end:
    case State::closed:
    case State::failed:
      return std::nullopt;
  }
  return std::nullopt;
}

Http1Client::Event Http1Client::fail(FailureReason reason, std::string_view first_bytes) {
  state_ = State::failed;
  input_ = {};
  return Failed{reason, 0, first_bytes, recognise_other(first_bytes)};
}

Http1Client::Event Http1Client::fail_as_other_protocol() {
  const bool response_like = std::string_view(first_bytes_).starts_with(response_prefix);
  const bool extra = unsolicited_ && (answered_before_ || response_like);
  return fail(extra ? FailureReason::unsolicited_bytes : FailureReason::not_http1, first_bytes_);
}

}  // namespace astray
