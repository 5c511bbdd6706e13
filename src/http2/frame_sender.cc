#include "http2/frame_sender.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/octets.h"

namespace astray::http2 {
namespace {

/// With its header, a frame is then as long as a record of TLS (RFC 8446 section 5.1).
constexpr size_t most_data = largest_frame - frame_header_bytes;
/// What was taken of a queue that never gets empty goes when it is as long.
constexpr size_t most_taken = size_t{64} * 1024;

/// RFC 9113 section 4.1. One behind its last byte.
char* write_frame_header(char* to, size_t length, FrameType type, FrameFlags flags, StreamId id) {
  to = write_number(to, static_cast<uint32_t>(length), 3);
  *to++ = static_cast<char>(type);
  *to++ = static_cast<char>(flags);
  return write_number(to, static_cast<uint32_t>(id), 4);
}

void write_data_frame(char* to, const Stream& stream, size_t size) {
  const bool ends =
      size == stream.unsent() && stream.outgoing == Stream::Outgoing::over && stream.trailers == nullptr;
  to = write_frame_header(to, size, FrameType::data, ends ? end_stream : 0, stream.id);
  put_bytes(to, stream.body.view().substr(stream.body_at, size));
}

}  // namespace

/// Where its payload is to be written.
char* FrameSender::extend_by_frame(size_t length, FrameType type, FrameFlags flags, StreamId id) {
  return write_frame_header(staged_.extend(frame_header_bytes + length), length, type, flags, id);
}

void FrameSender::put_settings(std::span<const Setting> settings) {
  char* at = extend_by_frame(settings.size() * 6, FrameType::settings, 0, 0);
  for (const Setting& setting : settings) at = write_number(write_number(at, setting.id, 2), setting.value, 4);
}

void FrameSender::put_acknowledgement(FrameType type, std::string_view payload) {
  put_bytes(extend_by_frame(payload.size(), type, ack, 0), payload);
  ++unread_answers_;
}

void FrameSender::put_number_frame(FrameType type, StreamId id, uint32_t number) {
  write_number(extend_by_frame(4, type, 0, id), number, 4);
}

void FrameSender::put_reset(StreamId id, ErrorCode code) {
  put_number_frame(FrameType::rst_stream, id, static_cast<uint32_t>(code));
}

void FrameSender::put_window_update(StreamId id, uint32_t increment) {
  put_number_frame(FrameType::window_update, id, increment);
}

void FrameSender::put_goaway(StreamId last_stream, ErrorCode code) {
  char* const at = extend_by_frame(8, FrameType::goaway, 0, 0);
  write_number(write_number(at, static_cast<uint32_t>(last_stream), 4), static_cast<uint32_t>(code), 4);
}

void FrameSender::put_origins(const std::vector<std::string>& origins) {
  size_t size = 0;
  for (const std::string& origin : origins) size += 2 + origin.size();
  char* at = extend_by_frame(size, FrameType::origin, 0, 0);
  for (const std::string& origin : origins)
    at = put_bytes(write_number(at, static_cast<uint32_t>(origin.size()), 2), origin);
}

void FrameSender::put_alternative_service(StreamId id, std::string_view origin, std::string_view value) {
  char* const at = extend_by_frame(2 + origin.size() + value.size(), FrameType::altsvc, 0, id);
  put_bytes(put_bytes(write_number(at, static_cast<uint32_t>(origin.size()), 2), origin), value);
}

void FrameSender::put_head(const HeadLines& lines, FrameFlags flags, StreamId id) {
  const size_t begin = staged_.size();
  staged_.extend(frame_header_bytes);
  encoder_.begin(staged_);
  size_t n = 0;
  for (const Field& line : lines.before) encoder_.put(n++, line, staged_);
  for (const Field line : lines.fields) encoder_.put(n++, line, staged_);
  for (const Field& line : lines.behind) encoder_.put(n++, line, staged_);
  const size_t length = staged_.size() - begin - frame_header_bytes;
  if (length <= largest_frame) {
    write_frame_header(staged_.data() + begin, length, FrameType::headers, flags | end_headers, id);
    return;
  }
  const ByteBlock whole = staged_;
  std::string_view block = whole.view().substr(begin + frame_header_bytes);
  staged_.truncate(begin);
  for (FrameType type = FrameType::headers; !block.empty(); type = FrameType::continuation, flags = 0) {
    const std::string_view part = block.substr(0, largest_frame);
    block.remove_prefix(part.size());
    put_bytes(extend_by_frame(part.size(), type, block.empty() ? flags | end_headers : flags, id), part);
  }
}

void FrameSender::open_later(Stream& stream) {
  unopened_.push(stream);
  ++unopened_count_;
}

void FrameSender::forget(const Stream& stream) {
  if (stream.opening != nullptr) --unopened_count_;
}

FrameSender::Window FrameSender::widen(uint32_t increment) {
  window_ += increment;
  sending_.take_all(blocked_);
  return window_ <= largest_window ? Window::fits : Window::overflows;
}

/// It waits for its turn, if it has something that its window lets through.
void FrameSender::offer(Stream& stream) {
  if (stream.opening != nullptr || stream.end_is_sent) return;
  const bool has_data = stream.unsent() != 0 && stream.send_window > 0;
  const bool has_end = stream.unsent() == 0 && stream.outgoing == Stream::Outgoing::over;
  if (has_data || has_end) sending_.push(stream);
}

size_t FrameSender::take_staged(std::span<char> buffer) {
  const size_t size = std::min(buffer.size(), staged_.size() - staged_at_);
  if (size == 0) return 0;
  std::memcpy(buffer.data(), staged_.data() + staged_at_, size);
  staged_at_ += size;
  if (staged_at_ == staged_.size()) {
    staged_.clear();
    staged_at_ = unread_answers_ = 0;
  } else if (staged_at_ >= most_taken) {
    staged_.drop_front(std::exchange(staged_at_, 0));
  }
  return size;
}

size_t FrameSender::write_to(std::span<char> buffer, size_t open_streams, size_t most) {
  open_waiting(open_streams, most);
  const size_t written = take_staged(buffer);
  if (has_staged()) return written;
  return written + write_data(buffer.subspan(written), written == 0 ? Room::is_all : Room::is_rest);
}

/// Requests that the peer's limit lets through (RFC 9113 section 5.1.2).
void FrameSender::open_waiting(size_t open_streams, size_t most) {
  while (Stream* const stream = unopened_.first()) {
    if (open_streams - unopened_count_ >= most) return;
    stream->unqueue();
    --unopened_count_;
    next_unopened_ = int64_t{stream->id} + 2;
    stream->end_is_sent =
        stream->unsent() == 0 && stream->outgoing == Stream::Outgoing::over && stream->trailers == nullptr;
    put_head({{}, *stream->opening, {}}, stream->end_is_sent ? end_stream : 0, stream->id);
    stream->opening.reset();
    offer(*stream);
  }
}

/// A frame that has no room stays for the next call, unless there will never be more: then it is staged.
size_t FrameSender::write_data(std::span<char> buffer, Room room) {
  size_t written = 0;
  while (Stream* const stream = sending_.first()) {
    const int64_t window = std::min(window_, stream->send_window);
    const size_t size = std::min({stream->unsent(), most_data, static_cast<size_t>(std::max<int64_t>(window, 0))});
    if (size == 0 && stream->unsent() != 0) {
      stream->unqueue();
      // What has an end to send, and no data, needs no window.
      if (stream->send_window > 0) blocked_.push(*stream);
      continue;
    }
    if (size != 0 || stream->trailers == nullptr) {
      const size_t frame_bytes = frame_header_bytes + size;
      if (frame_bytes <= buffer.size() - written) {
        write_data_frame(buffer.data() + written, *stream, size);
        written += frame_bytes;
      } else if (written != 0 || room == Room::is_rest) {
        break;
      } else {
        write_data_frame(staged_.extend(frame_bytes), *stream, size);
      }
    }
    data_is_written(*stream, size);
    written += take_staged(buffer.subspan(written));
    if (!staged_.empty()) break;
  }
  return written;
}

/// The stream may be gone then.
void FrameSender::data_is_written(Stream& stream, size_t size) {
  stream.unqueue();
  stream.send_window -= static_cast<int64_t>(size);
  window_ -= static_cast<int64_t>(size);
  if (size != 0) listener_.on_data_sent();
  stream.body_at += size;
  if (stream.unsent() == 0) {
    stream.body.release();
    stream.body_at = 0;
  }
  if (stream.unsent() != 0 || stream.outgoing != Stream::Outgoing::over) return offer(stream);
  if (stream.trailers != nullptr) put_head({{}, *stream.trailers, {}}, end_stream, stream.id);
  stream.end_is_sent = true;
  listener_.on_end_sent(stream);
}

}  // namespace astray::http2
