#pragma once
// Our server, frame by frame, and what it is compared in.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/check.h"
#include "http2/frame_reader.h"
#include "http2/server.h"
#include "http2/test_peer.h"

namespace astray::http2::fuzzing {

using Lines = std::vector<std::string>;

inline constexpr uint32_t stream_window = 10000;
inline constexpr uint32_t concurrent_streams = 20;

/// What becomes of a request, alike at both ends.
enum class Plan : uint8_t { no_answer, head, body, trailers, early_head, early_body, reset };
inline Plan plan_of(uint8_t choice, StreamId id) {
  return static_cast<Plan>((choice + static_cast<uint32_t>(id) / 2) % 7);
}
/// Never empty: before trailers, nghttp2 waits for a window even then.
inline std::string body_of(StreamId id) {
  constexpr size_t sizes[] = {5, 1, 3000, 100, 20000};
  return std::string(sizes[static_cast<size_t>(id) / 2 % std::size(sizes)], 'r');
}

/// What an end told and sent upon a frame.
struct Step {
  Lines told;
  std::multiset<std::string> sent;     ///< frames other than HEADERS, CONTINUATION and DATA
  std::map<StreamId, size_t> bodies;   ///< bytes of DATA
  std::set<StreamId> ended;            ///< with END_STREAM
  std::optional<ErrorCode> failure{};  ///< of the connection

  bool operator==(const Step&) const = default;
};

/// `complete`: requests that need no window any more.
inline void read_sent(std::string_view bytes, Step& step, const std::set<StreamId>& complete = {}) {
  FrameReader reader;
  reader.receive(bytes);
  while (const auto frame = reader.next_frame()) {
    const bool is_head = frame->type == FrameType::headers || frame->type == FrameType::continuation;
    if (frame->type == FrameType::data && !frame->payload.empty())
      step.bodies[frame->stream] += frame->payload.size();
    if ((is_head || frame->type == FrameType::data) && (frame->flags & end_stream) != 0)
      step.ended.insert(frame->stream);
    if (is_head || frame->type == FrameType::data || frame->type == FrameType::goaway) continue;
    if (frame->type == FrameType::window_update && complete.contains(frame->stream)) continue;
    step.sent.insert(
        fmt::format("{} {} {}", frame->stream, to_string(frame->type),
                    fmt::join(std::vector<int>(frame->payload.begin(), frame->payload.end()), ",")));
  }
  CHECK(reader.problem() == FrameReader::Problem::none && reader.unread() == 0);
}

inline std::string line_of(StreamId id, std::string_view what, const Fields& fields) {
  return fmt::format("{} {}{}", id, what, test::text_of(fields));
}

class OwnServer {
 public:
  OwnServer(uint8_t choice, size_t piece) : choice_(choice), piece_(piece), server_(options(), {}) {}

  Step give(std::string_view frames) {
    Step step;
    std::string sent;
    // What a long payload goes on with is in larger ones.
    for (size_t pieces = 0; !frames.empty(); ++pieces) {
      const std::string_view piece = frames.substr(0, pieces < 100 ? piece_ : std::max(piece_, size_t{5000}));
      frames.remove_prefix(piece.size());
      server_.receive(piece);
      while (const auto event = server_.next_event()) take(*event, step);
      if (!frames.empty()) sent += test::written(server_, 1000);
    }
    // Buffers of any size.
    sent += test::written(server_, choice_ % 2 == 0 ? 100000 : 100 + 20 * size_t{choice_});
    read_sent(sent, step);
    return step;
  }

 private:
  static Options options() {
    Options options;
    options.stream_window = stream_window;
    options.connection_window = 65535;
    options.concurrent_streams = concurrent_streams;
    options.idle_frames = options.resets = 100000;
    return options;
  }

  void take(const Http2Server::Event& event, Step& step) {
    if (const auto* head = std::get_if<RequestHead>(&event)) {
      step.told.push_back(line_of(head->stream, "head", head->fields));
      answer(head->stream, true);
    } else if (const auto* end = std::get_if<RequestEnd>(&event)) {
      step.told.push_back(fmt::format("{} end", end->stream));
      answer(end->stream, false);
    } else if (const auto* reset = std::get_if<StreamReset>(&event)) {
      step.told.push_back(fmt::format("{} reset {}", reset->stream, static_cast<uint32_t>(reset->code)));
    } else if (const auto* failure = std::get_if<ConnectionFailure>(&event)) {
      step.failure = failure->code;
    } else if (!std::holds_alternative<SettingsReceived>(event) && !std::holds_alternative<GoAway>(event)) {
      test::record(step.told, event);
    }
  }
  void answer(StreamId id, bool is_early) {
    const Fields ok = {{":status", "200"}};
    const Plan plan = plan_of(choice_, id);
    if (is_early != (plan == Plan::early_head || plan == Plan::early_body || plan == Plan::reset)) return;
    if (plan == Plan::reset) (void)server_.reset(id, ErrorCode::cancel);
    if (plan == Plan::head || plan == Plan::early_head) (void)server_.respond(id, ok, Then::end);
    if (plan == Plan::body || plan == Plan::early_body) (void)server_.respond(id, ok, body_of(id));
    if (plan != Plan::trailers || !server_.respond(id, ok, Then::body)) return;
    CHECK(server_.send_body(id, body_of(id), Then::body).has_value());
    CHECK(server_.send_trailers(id, {{"x", "y"}}).has_value());
  }

  uint8_t choice_;
  size_t piece_;
  Http2Server server_;
};

}  // namespace astray::http2::fuzzing
