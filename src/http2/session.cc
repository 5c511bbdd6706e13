#include "http2/session.h"

#include <fmt/format.h>

#include <algorithm>

namespace astray::http2 {

Session::Session(Role role, const Options& options, MonotonicTime now)
    : role_(role),
      options_(options),
      boundary_(role == Role::server ? connection_preface.size() : 0),
      flood_(options),
      receive_window_(std::max<int64_t>(options.connection_window, first_window)),
      stream_receive_window_(first_window),
      peer_(options),
      settings_deadline_(now + options.settings_timeout),
      flood_forgotten_(now) {
  // Whatever happens, these come first.
  if (role == Role::client) sender_.put_preface();
  sender_.put_settings(our_settings());
  if (options.connection_window > first_window)
    sender_.put_window_update(0, options.connection_window - static_cast<uint32_t>(first_window));
}

std::vector<Setting> Session::our_settings() const {
  std::vector<Setting> settings;
  if (role_ == Role::client) {
    settings.push_back({setting::enable_push, 0});
  } else {
    settings.push_back({setting::max_concurrent_streams, options_.concurrent_streams});
    if (options_.extended_connect == ExtendedConnect::on) settings.push_back({setting::enable_connect_protocol, 1});
  }
  settings.push_back({setting::initial_window_size, options_.stream_window});
  settings.push_back({setting::max_header_list_size,
                      static_cast<uint32_t>(std::min<size_t>(options_.header_list_bytes, UINT32_MAX))});
  return settings;
}

void Session::receive(std::string_view bytes) {
  if (!over_) input_ = bytes;
}

void Session::receive_end() {
  input_state_ = Input::ended;
}

std::optional<Event> Session::next_event() {
  credit_drained();
  while (events_.empty() && !over_) {
    if (!input_.empty()) {
      feed();
      if (events_.empty()) credit_drained();
    } else if (input_state_ == Input::ended) {
      finish_input();
    } else {
      break;
    }
  }
  std::optional<Event> event = events_.take_front();
  if (!event) {
    release_idle_memory();
  } else if (const BodyData* data = std::get_if<BodyData>(&*event)) {
    shown_ = data->bytes.size();
  }
  return event;
}

// A connection that waits for its next request, perhaps for minutes and beside thousands like it, keeps
// nothing that it can have again.
void Session::release_idle_memory() {
  const bool waits = streams_.empty() && events_.empty() && !sender_.has_staged();
  if (!waits || !between_messages()) return;
  // `= {}` would empty them and keep their memory.
  events_.release();
  streams_.release();
  sender_.release();
  payload_.release();
  block_.release();
}

void Session::finish_input() {
  if (!settings_received_)
    return fail(ConnectionProblem::closed_before_settings, ErrorCode::no_error, 0,
                "the peer closed the connection before it sent SETTINGS");
  if (!streams_.empty() || !between_messages())
    return fail(ConnectionProblem::closed_mid_stream, ErrorCode::no_error, 0,
                fmt::format("the peer closed the connection with {} streams open{}", streams_.size(),
                            between_messages() ? "" : " and in the middle of a frame or field block"));
  emit(ConnectionEnd{});
  over_ = true;
}

size_t Session::write_to(std::span<char> buffer) {
  const size_t written =
      over_ ? sender_.take_staged(buffer) : sender_.write_to(buffer, streams_.size(), peer_.max_concurrent_streams);
  if (written == 0) release_idle_memory();
  return written;
}

std::optional<MonotonicTime> Session::deadline() const {
  if (over_) return std::nullopt;
  std::optional<MonotonicTime> next;
  if (!settings_received_ || !settings_acknowledged_) next = settings_deadline_;
  MonotonicTime forget = flood_forgotten_ + options_.flood_period;
  if (flood_.counts() && (!next || forget < *next)) next = forget;
  return next;
}

void Session::on_deadline(MonotonicTime now) {
  if (over_) return;
  if (now >= flood_forgotten_ + options_.flood_period) {
    flood_.forget();
    flood_forgotten_ = now;
  }
  if (now < settings_deadline_ || (settings_received_ && settings_acknowledged_)) return;
  fail(ConnectionProblem::settings_timeout, ErrorCode::settings_timeout, 0,
       settings_received_ ? "the peer did not acknowledge SETTINGS in time"
                          : "the peer did not send SETTINGS in time");
}

void Session::emit(Event event) {
  if (!over_) events_.emplace_back(std::move(event));
}

void Session::fail(ConnectionProblem problem, ErrorCode code, StreamId id, std::string sentence) {
  if (over_) return;
  emit(ConnectionFailure{.problem = problem, .code = code, .stream = id, .sentence = std::move(sentence)});
  over_ = true;
  input_ = {};
  sender_.put_goaway(last_processed_, code);
}

void Session::fail_frame(ConnectionProblem problem, ErrorCode code, std::string_view sentence) {
  const Frame& frame = boundary_.current();
  fail(problem, code, frame.stream, fmt::format("{} frame: {}", to_string(frame.type), sentence));
}

void Session::go_away(ErrorCode code) {
  if (over_) return;
  going_away_ = true;
  sender_.put_goaway(last_processed_, code);
  if (code == ErrorCode::no_error) return;
  events_.clear();
  over_ = true;
  input_ = {};
}

}  // namespace astray::http2
