#include "proxy/front/front_client_test.h"

#include <gtest/gtest.h>

namespace astray::proxy::test {

FrontClient::FrontClient(Loop& loop, std::unique_ptr<Stream> stream, std::optional<tls::Client> tls)
    : loop_(loop), stream_(std::move(stream)), tls_(std::move(tls)), reads_(loop), work_(loop) {
  reader_ = loop_.spawn(read());
  writer_ = loop_.spawn(write());
}

void FrontClient::send(std::string_view bytes) {
  if (!tls_) {
    raw_ += bytes;
  } else {
    std::string buffer(65536, '\0');
    while (!bytes.empty()) {
      const size_t taken = tls_->send(bytes);
      if (taken == 0) break;
      bytes.remove_prefix(taken);
      while (const size_t size = tls_->write_to(buffer)) raw_.append(buffer, 0, size);
    }
  }
  work_.wake_all();
}

void FrontClient::send_raw(std::string_view bytes) {
  raw_ += bytes;
  work_.wake_all();
}

void FrontClient::end() {
  if (tls_) tls_->close();
  ending_ = true;
  work_.wake_all();
}

void FrontClient::abort() {
  stream_->abort();
}

void FrontClient::read_on() {
  reading_ = true;
  reads_.wake_all();
}

void FrontClient::ended(End how) {
  end_of_server = how;
  ended_at = loop_.now();
  if (when_ended) when_ended();
}

void FrontClient::take(std::string_view bytes) {
  if (when_received) return when_received(bytes);
  received += bytes;
}

Task<void> FrontClient::read() {
  std::string buffer(16384, '\0');
  for (;;) {
    while (!reading_) co_await reads_.wait();
    const ReadResult size = co_await stream_->read_some(buffer);
    if (!size || *size == 0) {
      ended(size ? End::clean : End::reset);
      co_return;
    }
    const std::string_view bytes = std::string_view(buffer).substr(0, *size);
    if (!tls_) {
      take(bytes);
      continue;
    }
    tls_->receive(bytes);
    while (auto event = tls_->next_event()) {
      if (const auto* done = std::get_if<tls::HandshakeDone>(&*event)) alpn = done->alpn.value_or("");
      if (const auto* plain = std::get_if<tls::Plaintext>(&*event)) take(plain->bytes);
      if (const auto* failed = std::get_if<tls::Failure>(&*event)) tls_failure = failed->sentence;
    }
    work_.wake_all();
  }
}

Task<void> FrontClient::write() {
  for (;;) {
    for (;;) {
      std::string buffer(65536, '\0');
      while (tls_) {
        const size_t size = tls_->write_to(buffer);
        if (size == 0) break;
        raw_.append(buffer, 0, size);
      }
      if (raw_.empty()) break;
      const std::string bytes = std::exchange(raw_, {});
      const Result<void, StreamError> written = co_await stream_->write_all(bytes);
      if (!written) co_return;
    }
    if (ending_) {
      stream_->shutdown_write();
      co_return;
    }
    co_await work_.wait();
  }
}

std::string Http2User::Answer::field(std::string_view name) const {
  return std::string(http2::first_value(fields, name).value_or(""));
}

std::string Http2User::Answer::text() const {
  std::string text;
  for (const int each : interim) text += std::to_string(each) + ' ';
  if (status != 0) text += std::to_string(status);
  if (!body.empty()) text += ' ' + body;
  if (!reset.empty()) text += (text.empty() ? "reset:" : " reset:") + reset;
  if (!ended && reset.empty()) text += " …";
  return text;
}

Http2User::Http2User(Loop& loop, FrontClient& client, http2::Options options)
    : engine(options, loop.now()), client_(client) {
  client_.when_received = [this](std::string_view bytes) { receive(bytes); };
  pump();
}

void Http2User::pump() {
  std::string buffer(65536, '\0');
  while (const size_t size = engine.write_to(buffer)) client_.send(std::string_view(buffer).substr(0, size));
}

void Http2User::receive(std::string_view bytes) {
  engine.receive(bytes);
  while (auto event = engine.next_event()) {
    if (const auto* settings = std::get_if<http2::SettingsReceived>(&*event))
      connect_protocol = settings->connect_protocol == http2::SettingsReceived::ConnectProtocol::enabled;
    if (const auto* interim = std::get_if<http2::InformationalHead>(&*event))
      answers[interim->stream].interim.push_back(interim->status);
    if (auto* head = std::get_if<http2::ResponseHead>(&*event)) {
      EXPECT_EQ(answers[head->stream].status, 0) << "a second answer";
      answers[head->stream].status = head->status;
      answers[head->stream].fields = std::move(head->fields);
    }
    if (const auto* data = std::get_if<http2::BodyData>(&*event)) answers[data->stream].body += data->bytes;
    if (auto* trailers = std::get_if<http2::Trailers>(&*event))
      answers[trailers->stream].trailers = std::move(trailers->fields);
    if (const auto* end = std::get_if<http2::ResponseEnd>(&*event)) answers[end->stream].ended = true;
    if (const auto* reset = std::get_if<http2::StreamReset>(&*event))
      answers[reset->stream].reset = to_string(reset->code);
    if (const auto* going = std::get_if<http2::GoAway>(&*event)) goaway = *going;
    if (const auto* failed = std::get_if<http2::ConnectionFailure>(&*event)) failure = failed->sentence;
  }
  pump();
}

http2::StreamId Http2User::send(http2::Fields fields, http2::Then then) {
  const auto stream = engine.request(std::move(fields), then);
  if (!stream) {
    ADD_FAILURE() << "no request can be sent";
    return 0;
  }
  answers[*stream];
  pump();
  return *stream;
}

http2::StreamId Http2User::get(std::string authority, std::string path) {
  return send(head_of("GET", std::move(authority), std::move(path)), http2::Then::end);
}

void Http2User::body(http2::StreamId stream, std::string_view bytes, http2::Then then) {
  (void)engine.send_body(stream, bytes, then);
  pump();
}

void Http2User::trailers(http2::StreamId stream, http2::Fields fields) {
  (void)engine.send_trailers(stream, std::move(fields));
  pump();
}

void Http2User::reset(http2::StreamId stream, http2::ErrorCode code) {
  (void)engine.reset(stream, code);
  pump();
}

http2::Fields head_of(std::string method, std::string authority, std::string path, http2::Fields more) {
  http2::Fields fields{{":method", method}, {":scheme", "https"}, {":authority", authority}, {":path", path}};
  fields.append(more);
  return fields;
}

}  // namespace astray::proxy::test
