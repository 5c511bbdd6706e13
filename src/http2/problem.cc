#include "http2/problem.h"

#include "http2/event.h"

namespace astray::http2 {

std::string_view to_string(ConnectionProblem problem) {
  switch (problem) {
    case ConnectionProblem::not_http2:
      return "not-http2";
    case ConnectionProblem::protocol_error:
      return "protocol-error";
    case ConnectionProblem::frame_size_error:
      return "frame-size-error";
    case ConnectionProblem::flow_control_error:
      return "flow-control-error";
    case ConnectionProblem::compression_error:
      return "compression-error";
    case ConnectionProblem::stream_closed:
      return "stream-closed";
    case ConnectionProblem::header_list_too_large:
      return "header-list-too-large";
    case ConnectionProblem::continuation_flood:
      return "continuation-flood";
    case ConnectionProblem::settings_flood:
      return "settings-flood";
    case ConnectionProblem::ping_flood:
      return "ping-flood";
    case ConnectionProblem::empty_data_flood:
      return "empty-data-flood";
    case ConnectionProblem::reset_flood:
      return "reset-flood";
    case ConnectionProblem::frame_flood:
      return "frame-flood";
    case ConnectionProblem::unread_answers:
      return "unread-answers";
    case ConnectionProblem::push_promise:
      return "push-promise";
    case ConnectionProblem::settings_timeout:
      return "settings-timeout";
    case ConnectionProblem::closed_before_settings:
      return "closed-before-settings";
    case ConnectionProblem::closed_mid_stream:
      return "closed-mid-stream";
    case ConnectionProblem::out_of_memory:
      return "out-of-memory";
  }
  return "";
}

std::string_view to_string(StreamProblem problem) {
  switch (problem) {
    case StreamProblem::reset_by_peer:
      return "reset-by-peer";
    case StreamProblem::refused_by_goaway:
      return "refused-by-goaway";
    case StreamProblem::malformed_message:
      return "malformed-message";
    case StreamProblem::wrong_content_length:
      return "wrong-content-length";
    case StreamProblem::too_many_informational:
      return "too-many-informational";
    case StreamProblem::flow_control_error:
      return "flow-control-error";
    case StreamProblem::stream_error:
      return "stream-error";
  }
  return "";
}

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::no_error:
      return "NO_ERROR";
    case ErrorCode::protocol_error:
      return "PROTOCOL_ERROR";
    case ErrorCode::internal_error:
      return "INTERNAL_ERROR";
    case ErrorCode::flow_control_error:
      return "FLOW_CONTROL_ERROR";
    case ErrorCode::settings_timeout:
      return "SETTINGS_TIMEOUT";
    case ErrorCode::stream_closed:
      return "STREAM_CLOSED";
    case ErrorCode::frame_size_error:
      return "FRAME_SIZE_ERROR";
    case ErrorCode::refused_stream:
      return "REFUSED_STREAM";
    case ErrorCode::cancel:
      return "CANCEL";
    case ErrorCode::compression_error:
      return "COMPRESSION_ERROR";
    case ErrorCode::connect_error:
      return "CONNECT_ERROR";
    case ErrorCode::enhance_your_calm:
      return "ENHANCE_YOUR_CALM";
    case ErrorCode::inadequate_security:
      return "INADEQUATE_SECURITY";
    case ErrorCode::http_1_1_required:
      return "HTTP_1_1_REQUIRED";
  }
  return "unknown";
}

std::string_view to_string(CommandError error) {
  switch (error) {
    case CommandError::connection_over:
      return "connection-over";
    case CommandError::going_away:
      return "going-away";
    case CommandError::too_many_streams:
      return "too-many-streams";
    case CommandError::no_stream_left:
      return "no-stream-left";
    case CommandError::unknown_stream:
      return "unknown-stream";
    case CommandError::wrong_moment:
      return "wrong-moment";
    case CommandError::too_large:
      return "too-large";
  }
  return "";
}

std::string_view to_string(HeadDefect defect) {
  switch (defect) {
    case HeadDefect::none:
      return "none";
    case HeadDefect::bad_name:
      return "bad-name";
    case HeadDefect::bad_value:
      return "bad-value";
    case HeadDefect::pseudo_after_regular:
      return "pseudo-after-regular";
    case HeadDefect::unknown_pseudo:
      return "unknown-pseudo";
    case HeadDefect::repeated_pseudo:
      return "repeated-pseudo";
    case HeadDefect::missing_pseudo:
      return "missing-pseudo";
    case HeadDefect::bad_path:
      return "bad-path";
    case HeadDefect::connection_field:
      return "connection-field";
    case HeadDefect::bad_content_length:
      return "bad-content-length";
    case HeadDefect::too_large:
      return "too-large";
  }
  return "";
}

}  // namespace astray::http2
