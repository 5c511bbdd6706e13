#include "proxy/back/back_messages.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "http1/characters.h"

namespace astray::proxy {
namespace {

constexpr std::string_view connection_fields[] = {
    "connection", "content-length", "host", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"};

std::optional<uint64_t> told_length(std::string_view digits) {
  uint64_t length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return length;
}

/// The fields that Connection names; most responses name none.
std::vector<std::string_view> named_by_connection(const http1::Fields& fields) {
  std::vector<std::string_view> names;
  for (const http1::Field& field : fields) {
    if (!ascii_iequals(field.name, "connection")) continue;
    std::string_view list = field.value;
    while (const auto option = http1::take_list_element(list)) {
      if (!ascii_iequals(*option, "keep-alive") && !ascii_iequals(*option, "close")) names.push_back(*option);
    }
  }
  return names;
}

/// Methods whose requests usually have content: without any, they say so (RFC 9110 §8.6).
bool expects_content(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

/// Lines in strings that are used again.
class RequestLines {
 public:
  explicit RequestLines(std::vector<std::string>& lines) : lines_(lines) {}
  void add(std::string_view name, std::string_view value) {
    if (used_ == lines_.size()) lines_.emplace_back();
    lines_[used_++].assign(name).append(": ").append(value);
  }
  void end() { lines_.resize(used_); }

 private:
  std::vector<std::string>& lines_;
  size_t used_ = 0;
};

}  // namespace

bool stays_behind(std::string_view name) {
  return std::any_of(std::begin(connection_fields), std::end(connection_fields),
                     [&](std::string_view field) { return ascii_iequals(name, field); });
}

void write_http1_request(const RequestHead& head, http1::Request& request) {
  request.method = head.method;
  request.target = head.target;
  request.body = http1::BodyWriting::none;
  RequestLines lines(request.field_lines);
  lines.add("Host", head.authority);
  bool has_te = false;
  for (const http2::Field& field : head.fields) {
    if (stays_behind(field.name)) continue;
    has_te |= field.name == "te";
    lines.add(field.name, field.value);
  }
  if (!head.upgrade.empty()) lines.add("Upgrade", head.upgrade);
  // Both are for the next hop alone, and must be named (RFC 9110 §7.8, §10.1.4).
  if (!head.upgrade.empty() || has_te)
    lines.add("Connection", head.upgrade.empty() ? "TE" : has_te ? "Upgrade, TE" : "Upgrade");
  if (head.expects_continue) lines.add("Expect", "100-continue");
  if (head.body == gateway::Body::none) {
    if (expects_content(head.method)) lines.add("Content-Length", "0");
  } else if (head.content_length) {
    lines.add("Content-Length", std::to_string(*head.content_length));
    request.body = http1::BodyWriting::as_it_is;
  } else {
    lines.add("Transfer-Encoding", "chunked");
    request.body = http1::BodyWriting::chunked;
  }
  lines.end();
}

std::vector<std::string> trailer_lines(const Fields& trailers) {
  std::vector<std::string> lines;
  lines.reserve(trailers.size());
  for (const http2::Field& field : trailers) {
    if (!stays_behind(field.name)) lines.push_back(field.name + ": " + field.value);
  }
  return lines;
}

http2::Fields http2_request_fields(const RequestHead& head) {
  http2::Fields fields;
  fields.reserve(head.fields.size() + 7);
  const bool upgrades = !head.upgrade.empty();
  fields.push_back({":method", upgrades ? "CONNECT" : head.method});
  if (upgrades) fields.push_back({":protocol", head.upgrade});
  fields.push_back({":scheme", std::string(to_string(head.scheme))});
  fields.push_back({":authority", head.authority});
  fields.push_back({":path", head.target});
  for (const http2::Field& field : head.fields) {
    if (!stays_behind(field.name)) fields.push_back(field);
  }
  if (head.expects_continue) fields.push_back({"expect", "100-continue"});
  if (head.body == gateway::Body::follows && head.content_length)
    fields.push_back({"content-length", std::to_string(*head.content_length)});
  return fields;
}

Fields fields_from_http1(const http1::Fields& fields) {
  Fields kept;
  kept.reserve(fields.size());
  const std::vector<std::string_view> named = named_by_connection(fields);
  for (const http1::Field& field : fields) {
    if (!http1::is_token(field.name) || http1::find_control(field.value) != field.value.size()) continue;
    if (stays_behind(field.name)) continue;
    const bool is_named = std::any_of(named.begin(), named.end(),
                                      [&](std::string_view name) { return ascii_iequals(name, field.name); });
    if (is_named) continue;
    kept.push_back({ascii_lower(field.name), std::string(field.value)});
  }
  return kept;
}

Fields fields_from_http2(Fields fields) {
  std::erase_if(fields, [](const http2::Field& field) {
    return field.name.starts_with(':') || !http1::is_token(field.name) || stays_behind(field.name) ||
           http1::find_control(field.value) != field.value.size();
  });
  return fields;
}

ResponseHead head_from_http1(const http1::ResponseHead& head) {
  ResponseHead response{.status = head.status, .fields = fields_from_http1(head.fields)};
  response.content_length = head.content_length;
  switch (head.framing) {
    case http1::Framing::no_body:
      // Of HEAD and 304: what the length would have been (RFC 9110 §8.6). Not of 204.
      if (head.status != 204) {
        if (const auto length = head.fields.find("content-length"))
          response.content_length = told_length(*length);
      }
      break;
    case http1::Framing::content_length:
      if (head.content_length != 0) response.body = gateway::Body::follows;
      break;
    case http1::Framing::chunked:
    case http1::Framing::until_close:
    case http1::Framing::tunnel:
      response.body = gateway::Body::follows;
      break;
  }
  return response;
}

ResponseHead head_from_http2(http2::ResponseHead head, std::string_view method, StreamEnds ends) {
  ResponseHead response{.status = head.status};
  if (const std::string* length = http2::first_value(head.fields, "content-length"))
    response.content_length = told_length(*length);
  response.fields = fields_from_http2(std::move(head.fields));
  const bool never = method == "HEAD" || head.status == 204 || head.status == 304;
  if (ends == StreamEnds::no && !never && response.content_length != 0)
    response.body = gateway::Body::follows;
  if (head.status == 204) response.content_length.reset();
  // The answer to HEAD and 304 alone may tell the length of what does not come.
  if (ends == StreamEnds::here && !never && !response.content_length) response.content_length = 0;
  return response;
}

}  // namespace astray::proxy
