#include "http2/client.h"

#include <fmt/format.h>

#include "http2/frame_payloads.h"
#include "http2/message_rules.h"
#include "http2/session.h"

namespace astray {

using namespace http2;

class Http2Client::Connection : public Session {
 public:
  Connection(const Options& options, MonotonicTime now) : Session(Role::client, options, now) {}

 private:
  void on_block(Stream& stream, Fields fields, Ending ending) override {
    if (stream.incoming != Stream::Incoming::head) return on_trailers(stream, std::move(fields), ending);
    HeadDefect defect = response_defect(fields);
    if (defect != HeadDefect::none)
      return reset_for(stream, StreamProblem::malformed_message, ErrorCode::protocol_error,
                       fmt::format("the response's head: {}", to_string(defect)));
    int status = status_of(fields);
    if (status < 200) return on_informational(stream, status, std::move(fields), ending);

    progress();
    stream.incoming = Stream::Incoming::body;
    bool tunnel = stream.method == "CONNECT" && status < 300;
    if (!tunnel) {
      stream.declared_length = content_length(fields);
      if (has_no_body(stream.method, status)) stream.declared_length = 0;
    }
    emit(ResponseHead{.stream = stream.id, .status = status, .fields = std::move(fields)});
    if (ending == Ending::end_of_stream) end_message(stream);
  }

  void on_informational(Stream& stream, int status, Fields fields, Ending ending) {
    if (ending == Ending::end_of_stream)
      return reset_for(stream, StreamProblem::malformed_message, ErrorCode::protocol_error,
                       fmt::format("the stream ends with the interim response {}", status));
    if (++stream.informational_heads > options().informational_heads)
      return reset_for(stream, StreamProblem::too_many_informational, ErrorCode::enhance_your_calm,
                       fmt::format("more than {} interim responses", options().informational_heads));
    emit(InformationalHead{.stream = stream.id, .status = status, .fields = std::move(fields)});
  }

  void on_trailers(Stream& stream, Fields fields, Ending ending) {
    HeadDefect defect = trailers_defect(fields);
    if (ending != Ending::end_of_stream || defect != HeadDefect::none)
      return reset_for(stream, StreamProblem::malformed_message, ErrorCode::protocol_error,
                       defect != HeadDefect::none
                           ? fmt::format("the response's trailers: {}", to_string(defect))
                           : std::string("a second head, or trailers that do not end the stream"));
    progress();
    emit(Trailers{.stream = stream.id, .fields = std::move(fields)});
    end_message(stream);
  }

  void on_message_end(StreamId id) override { emit(ResponseEnd{id}); }

  void on_extension(const Frame& frame) override {
    if (frame.type == FrameType::origin) {
      // RFC 8336 section 2.1: only on stream 0, and not with flags 0x1, 0x2, 0x4, 0x8, which a later
      // document may give a meaning.
      if (frame.stream != 0 || (frame.flags & 0xf) != 0) return;
      OriginPayload payload = read_origin_payload(frame.payload);
      emit(OriginFrame{.origins = {payload.origins.begin(), payload.origins.end()},
                       .malformed_bytes = payload.malformed_bytes});
      return;
    }
    auto payload = read_altsvc_payload(frame.payload);
    if (!payload || (frame.stream == 0) == payload->origin.empty()) return;
    emit(AltSvcFrame{.stream = frame.stream,
                     .origin = std::string(payload->origin),
                     .value = std::string(payload->value)});
  }
};

Http2Client::Http2Client(const Options& options, MonotonicTime now)
    : connection_(std::make_unique<Connection>(options, now)) {}
Http2Client::Http2Client(Http2Client&&) noexcept = default;
Http2Client& Http2Client::operator=(Http2Client&&) noexcept = default;
Http2Client::~Http2Client() = default;

void Http2Client::receive(std::string_view bytes) {
  connection_->receive(bytes);
}
void Http2Client::receive_end() {
  connection_->receive_end();
}
std::optional<Http2Client::Event> Http2Client::next_event() {
  return connection_->next_event();
}
size_t Http2Client::write_to(std::span<char> buffer) {
  return connection_->write_to(buffer);
}
std::optional<MonotonicTime> Http2Client::deadline() const {
  return connection_->deadline();
}
void Http2Client::on_deadline(MonotonicTime now) {
  connection_->on_deadline(now);
}

Result<StreamId, CommandError> Http2Client::request(Fields fields, Then then) {
  return connection_->request(std::move(fields), {}, then);
}
Result<StreamId, CommandError> Http2Client::request(Fields fields, std::string_view body) {
  return connection_->request(std::move(fields), body, Then::end);
}
CommandResult Http2Client::send_body(StreamId stream, std::string_view bytes, Then then) {
  return connection_->send_body(stream, bytes, then);
}
CommandResult Http2Client::send_trailers(StreamId stream, Fields fields) {
  return connection_->send_trailers(stream, std::move(fields));
}
size_t Http2Client::unsent_body(StreamId stream) const {
  return connection_->unsent_body(stream);
}
void Http2Client::consume(StreamId stream, size_t bytes) {
  connection_->consume(stream, bytes);
}
CommandResult Http2Client::reset(StreamId stream, ErrorCode code) {
  return connection_->reset(stream, code);
}
void Http2Client::go_away(ErrorCode code) {
  connection_->go_away(code);
}
size_t Http2Client::streams_available() const {
  return connection_->streams_available();
}
size_t Http2Client::streams_open() const {
  return connection_->streams_open();
}

}  // namespace astray
