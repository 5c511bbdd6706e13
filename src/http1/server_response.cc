// The writing half of Http1Server.
#include <charconv>

#include "base/check.h"
#include "http1/server.h"

namespace astray {

using namespace http1;

void Http1Server::write_head(int status, std::string_view reason_phrase,
                             const FieldLines& field_lines) {
  // RFC 9112 §2.3: the version is the server's own, also in the answer to HTTP/1.0.
  const char digits[] = {static_cast<char>('0' + status / 100 % 10), static_cast<char>('0' + status / 10 % 10),
                         static_cast<char>('0' + status % 10)};
  output_.append_all({"HTTP/1.1 ", {digits, 3}, " ", reason_phrase, "\r\n", field_lines.bytes()});
}

void Http1Server::append_content_length(uint64_t bytes) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, bytes);
  output_.append_all({"Content-Length: ", {digits, static_cast<size_t>(end.ptr - digits)}, "\r\n"});
}

void Http1Server::inform(int status, std::string_view reason_phrase,
                         const FieldLines& field_lines) {
  CHECK(status >= 100 && status < 200 && status != 101);
  if (state_ == State::failed) return;
  CHECK(due_ == Due::response);
  if (version_ == Version::http_1_0) return;  // RFC 9110 §15.2: never to an HTTP/1.0 client
  write_head(status, reason_phrase, field_lines);
  output_.append("\r\n");
}

void Http1Server::respond(const Response& response) {
  if (state_ == State::failed && due_ == Due::nothing) return;
  CHECK(due_ == Due::response);
  write_head(response.status, response.reason_phrase, response.field_lines);

  const bool successful = response.status >= 200 && response.status < 300;
  tunnels_ = response.status == 101 || (method_ == "CONNECT" && successful);
  writing_ = response.body;
  if (writing_ == ResponseBody::chunked && version_ == Version::http_1_0)
    writing_ = ResponseBody::until_close;
  if (response.keep == KeepsAlive::no || writing_ == ResponseBody::until_close) keep_ = KeepsAlive::no;
  if (tunnels_) {
    due_ = Due::nothing;
    output_.append("\r\n");
    return;
  }
  due_ = Due::rest_of_response;
  if (writing_ == ResponseBody::verbatim) {
    omits_content_ = false;
    output_.append("\r\n");
    return;
  }

  const bool never_content = response.status == 204 || response.status == 304;
  omits_content_ = never_content || method_ == "HEAD";
  response_left_ = response.content_length;
  if (writing_ == ResponseBody::chunked && !never_content) output_.append("Transfer-Encoding: chunked\r\n");
  if (writing_ == ResponseBody::content_length && response.status != 204)
    append_content_length(response.content_length);
  if (writing_ == ResponseBody::none && !omits_content_) output_.append("Content-Length: 0\r\n");
  if (keep_ == KeepsAlive::no) {
    output_.append("Connection: close\r\n");
  } else if (version_ == Version::http_1_0) {
    output_.append("Connection: keep-alive\r\n");
  }
  output_.append("\r\n");
  if (writing_ == ResponseBody::none) end_response();
}

void Http1Server::respond(Response response, std::string_view content) {
  response.body = ResponseBody::content_length;
  response.content_length = content.size();
  respond(response);
  if (due_ != Due::rest_of_response) return;
  send_body(content);
  end_response();
}

void Http1Server::send_body(std::string_view bytes) {
  if (bytes.empty() || (state_ == State::failed && due_ == Due::nothing)) return;
  if (tunnels_) {
    output_.append(bytes);
    return;
  }
  CHECK(due_ == Due::rest_of_response);
  if (writing_ == ResponseBody::content_length) {
    CHECK(bytes.size() <= response_left_);
    response_left_ -= bytes.size();
  }
  if (omits_content_) return;
  if (writing_ == ResponseBody::chunked) {
    output_.append_chunk(bytes);
  } else {
    output_.append(bytes);
  }
}

void Http1Server::end_response(const FieldLines& trailer_lines) {
  if (state_ == State::failed && due_ == Due::nothing) return;
  CHECK(due_ == Due::rest_of_response);
  if (writing_ == ResponseBody::chunked && !omits_content_) output_.append_last_chunk(trailer_lines);
  // A body that stops short of its announced length can only be ended by closing.
  if (writing_ == ResponseBody::content_length && !omits_content_ && response_left_ != 0)
    keep_ = KeepsAlive::no;
  due_ = Due::nothing;
}

}  // namespace astray
