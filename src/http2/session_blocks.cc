// Field blocks: HEADERS and what continues them (RFC 9113 sections 4.3, 6.2 and 6.10).
#include <fmt/format.h>

#include <utility>

#include "base/octets.h"
#include "http2/session.h"

namespace astray::http2 {
namespace {

/// Of a field block, with room for what its receiver adds.
constexpr size_t usual_lines = 16;
constexpr size_t usual_bytes = 480;

}  // namespace

HpackDecoder::Limits Session::block_limits() const {
  // A server hands up what is a little too large, so that it can be answered.
  return {.bytes = options_.header_list_bytes,
          .fields = options_.header_fields,
          .patience = role_ == Role::server ? size_t{4} : size_t{1}};
}

void Session::fail_large_block(StreamId id) {
  const HpackDecoder::Limits limits = block_limits();
  fail(ConnectionProblem::header_list_too_large, ErrorCode::enhance_your_calm, id,
       fmt::format("a field block with more than {} bytes or {} fields", limits.bytes * limits.patience,
                   limits.fields * limits.patience));
}

void Session::take_headers(std::string_view payload) {
  const Frame& frame = boundary_.current();
  if ((frame.flags & padded) != 0) {
    const size_t padding = static_cast<uint8_t>(payload.front());
    payload.remove_prefix(1);
    const size_t rest = (frame.flags & priority) != 0 ? 5 : 0;
    if (padding + rest > payload.size()) return fail_protocol("more padding than there are bytes");
    payload.remove_suffix(padding);
  }
  if ((frame.flags & priority) != 0) {
    take_priority(payload);
    if (over_) return;
    payload.remove_prefix(5);
  }
  block_stream_ = frame.stream;
  block_ending_ = (frame.flags & end_stream) != 0 ? Ending::end_of_stream : Ending::more_follows;
  if ((frame.flags & end_headers) != 0) return end_block(payload);
  block_.clear();
  keep_block(payload);
}

/// Nothing that is larger as it came becomes small enough.
void Session::keep_block(std::string_view part) {
  block_.append(part);
  const HpackDecoder::Limits limits = block_limits();
  if (block_.size() > limits.bytes * limits.patience) fail_large_block(block_stream_);
}

void Session::take_continuation(std::string_view payload) {
  keep_block(payload);
  if (over_) return;
  if ((boundary_.current().flags & end_headers) != 0) end_block(block_.view());
}

/// Where it belongs is decided now: until it is complete, nothing else can have come.
void Session::end_block(std::string_view block) {
  const StreamId id = std::exchange(block_stream_, 0);
  if (is_idle(id)) {
    if (role_ == Role::client || id % 2 == 0) return fail_protocol("on a stream that is not the peer's to open");
    return open_for_peer(block, id);
  }
  // A stream that is closed: the table of HPACK is all that the block is read for.
  Stream* const stream = find(id);
  if (stream != nullptr && stream->incoming == Stream::Incoming::over)
    return fail_frame(ConnectionProblem::stream_closed, ErrorCode::stream_closed, "behind END_STREAM");
  read_block(block, id, stream);
}

void Session::open_for_peer(std::string_view block, StreamId id) {
  last_from_peer_ = id;
  // A stream whose response was handed over makes room for the next one, also where nobody reads the responses.
  if (sender_.staged_bytes() > options_.unread_bytes)
    return fail(ConnectionProblem::unread_answers, ErrorCode::enhance_your_calm, id,
                "the peer asks for more and does not read the responses");
  if (going_away_) return read_block(block, id, nullptr);
  if (streams_.size() >= options_.concurrent_streams) {
    // A client that cannot know the limit yet may try again.
    if (settings_acknowledged_) return fail_protocol("more streams at once than SETTINGS_MAX_CONCURRENT_STREAMS");
    sender_.put_reset(id, ErrorCode::refused_stream);
    return read_block(block, id, nullptr);
  }
  last_processed_ = id;
  Stream& stream = streams_.add(id, std::make_unique<Stream>(id, peer_.initial_window_size, stream_receive_window_));
  read_block(block, id, &stream);
}

void Session::read_block(std::string_view block, StreamId id, Stream* stream) {
  Fields fields;
  if (stream != nullptr) fields.reserve(usual_lines, usual_bytes);
  const HpackDecoder::Outcome outcome = decoder_.decode(block, stream != nullptr ? &fields : nullptr, block_limits());
  if (outcome == HpackDecoder::Outcome::malformed)
    return fail_frame(ConnectionProblem::compression_error, ErrorCode::compression_error, "its fields cannot be decoded");
  if (outcome == HpackDecoder::Outcome::too_large) return fail_large_block(id);
  if (stream == nullptr) return;
  stream->block_too_large = outcome == HpackDecoder::Outcome::cut;
  on_block(*stream, std::move(fields), block_ending_);
}

}  // namespace astray::http2
