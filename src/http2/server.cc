#include "http2/server.h"

#include <fmt/format.h>

#include "http2/message_rules.h"
#include "http2/session.h"

namespace astray {

using namespace http2;

class Http2Server::Connection : public Session {
 public:
  Connection(const Options& options, MonotonicTime now) : Session(Role::server, options, now) {}

 private:
  void on_block(Stream& stream, Fields fields, Ending ending) override {
    if (stream.incoming != Stream::Incoming::head) return on_trailers(stream, std::move(fields), ending);
    progress();
    stream.incoming = Stream::Incoming::body;
    HeadDefect defect =
        stream.block_too_large ? HeadDefect::too_large : request_defect(fields, options().extended_connect);
    if (defect == HeadDefect::none) stream.declared_length = content_length(fields);
    emit(RequestHead{.stream = stream.id,
                     .fields = std::move(fields),
                     .defect = defect,
                     .then = ending == Ending::end_of_stream ? Then::end : Then::body});
    if (ending == Ending::end_of_stream) end_message(stream);
  }

  void on_trailers(Stream& stream, Fields fields, Ending ending) {
    HeadDefect defect = stream.block_too_large ? HeadDefect::too_large : trailers_defect(fields);
    if (ending != Ending::end_of_stream || defect != HeadDefect::none)
      return reset_for(stream, StreamProblem::malformed_message, ErrorCode::protocol_error,
                       defect != HeadDefect::none
                           ? fmt::format("the request's trailers: {}", to_string(defect))
                           : std::string("a second head, or trailers that do not end "
                                         "the stream"));
    progress();
    emit(Trailers{.stream = stream.id, .fields = std::move(fields)});
    end_message(stream);
  }

  void on_message_end(StreamId id) override { emit(RequestEnd{id}); }

  // RFC 8336 section 2.1, RFC 7838 section 4: a server ignores both.
  void on_extension(const Frame&) override {}
};

Http2Server::Http2Server(const Options& options, MonotonicTime now)
    : connection_(std::make_unique<Connection>(options, now)) {}
Http2Server::Http2Server(Http2Server&&) noexcept = default;
Http2Server& Http2Server::operator=(Http2Server&&) noexcept = default;
Http2Server::~Http2Server() = default;

void Http2Server::receive(std::string_view bytes) {
  connection_->receive(bytes);
}
void Http2Server::receive_end() {
  connection_->receive_end();
}
std::optional<Http2Server::Event> Http2Server::next_event() {
  return connection_->next_event();
}
size_t Http2Server::write_to(std::span<char> buffer) {
  return connection_->write_to(buffer);
}
std::optional<MonotonicTime> Http2Server::deadline() const {
  return connection_->deadline();
}
void Http2Server::on_deadline(MonotonicTime now) {
  connection_->on_deadline(now);
}

CommandResult Http2Server::informational(StreamId stream, const Fields& fields) {
  return connection_->informational(stream, fields);
}
CommandResult Http2Server::respond(StreamId stream, const Fields& fields, Then then) {
  return connection_->respond(stream, {{}, fields, {}}, {}, then);
}
CommandResult Http2Server::respond(StreamId stream, int status, const Fields& fields,
                                   std::optional<uint64_t> content_length, Then then) {
  const fmt::format_int status_text(status), length_text(content_length.value_or(0));
  const Field before[] = {{":status", {status_text.data(), status_text.size()}}};
  const Field behind[] = {{"content-length", {length_text.data(), length_text.size()}}};
  return connection_->respond(stream, {before, fields, std::span(behind, content_length ? 1 : 0)}, {}, then);
}
CommandResult Http2Server::respond(StreamId stream, const Fields& fields, std::string_view body) {
  return connection_->respond(stream, {{}, fields, {}}, body, Then::end);
}
CommandResult Http2Server::send_body(StreamId stream, std::string_view bytes, Then then) {
  return connection_->send_body(stream, bytes, then);
}
CommandResult Http2Server::send_trailers(StreamId stream, Fields fields) {
  return connection_->send_trailers(stream, std::move(fields));
}
size_t Http2Server::unsent_body(StreamId stream) const {
  return connection_->unsent_body(stream);
}
void Http2Server::consume(StreamId stream, size_t bytes) {
  connection_->consume(stream, bytes);
}
CommandResult Http2Server::reset(StreamId stream, ErrorCode code) {
  return connection_->reset(stream, code);
}
CommandResult Http2Server::origin(const std::vector<std::string>& origins) {
  return connection_->origin(origins);
}
CommandResult Http2Server::alternative_service(StreamId stream, std::string_view origin,
                                               std::string_view value) {
  return connection_->alternative_service(stream, origin, value);
}
void Http2Server::go_away(ErrorCode code) {
  connection_->go_away(code);
}
size_t Http2Server::streams_open() const {
  return connection_->streams_open();
}

}  // namespace astray
