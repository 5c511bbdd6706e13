#include "proxy/back/back_messages.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "http1/characters.h"

namespace astray::proxy {
namespace {

/// For what a gateway adds to an answer.
constexpr size_t bytes_to_come = 64;
constexpr size_t lines_to_come = 4;

std::optional<uint64_t> told_length(std::string_view digits) {
  uint64_t length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return length;
}

using http1::KnownField;
/// What stays_behind().
constexpr http1::KnownFields known_to_stay(KnownField::connection, KnownField::content_length, KnownField::host,
                                           KnownField::keep_alive, KnownField::proxy_connection,
                                           KnownField::transfer_encoding, KnownField::upgrade);

/// The fields that Connection names; most responses name none.
std::vector<std::string_view> named_by_connection(const http1::Fields& fields) {
  std::vector<std::string_view> names;
  if (!fields.has(http1::KnownField::connection)) return names;
  for (const http1::Field& field : fields) {
    if (field.known != http1::KnownField::connection) continue;
    std::string_view list = field.value;
    while (const auto option = http1::take_list_element(list)) {
      if (!ascii_iequals(*option, "keep-alive") && !ascii_iequals(*option, "close")) names.push_back(*option);
    }
  }
  return names;
}

bool has_plain_bytes(const http1::Field& field) {
  return http1::is_token(field.name) && http1::find_control(field.value) == field.value.size();
}

/// What the engine saw of them.
FieldBytes bytes_of(http1::Irregularities irregularities) {
  const bool odd = irregularities.has(http1::Irregularity::odd_field_name) ||
                   irregularities.has(http1::Irregularity::control_in_field_value);
  return odd ? FieldBytes::unknown : FieldBytes::plain;
}

/// Methods whose requests usually have content: without any, they say so (RFC 9110 §8.6).
bool expects_content(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

bool stays_behind(std::string_view name) {
  return known_to_stay.has(http1::known_field(name));
}

void write_http1_request(const RequestHead& head, http1::Request& request) {
  request.method = head.method;
  request.target = head.target;
  request.body = http1::BodyWriting::none;
  http1::FieldLines& lines = request.field_lines;
  lines.clear();
  lines.add("Host", head.authority);
  bool has_te = false;
  for (const http2::Field field : head.fields) {
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
}

http1::FieldLines trailer_lines(const Fields& trailers) {
  http1::FieldLines lines;
  for (const http2::Field field : trailers) {
    if (!stays_behind(field.name)) lines.add(field.name, field.value);
  }
  return lines;
}

http2::Fields http2_request_fields(const RequestHead& head) {
  http2::Fields fields;
  fields.reserve(head.fields.size() + 7, 256);
  const bool upgrades = !head.upgrade.empty();
  fields.push_back({":method", upgrades ? std::string_view("CONNECT") : head.method});
  if (upgrades) fields.push_back({":protocol", head.upgrade});
  fields.push_back({":scheme", to_string(head.scheme)});
  fields.push_back({":authority", head.authority});
  fields.push_back({":path", head.target});
  const bool has_no_key = is_websocket(head);
  for (const http2::Field field : head.fields) {
    if (stays_behind(field.name) || (has_no_key && field.name == gateway::websocket_key_name)) continue;
    fields.push_back(field);
  }
  if (head.expects_continue) fields.push_back({"expect", "100-continue"});
  if (head.body == gateway::Body::follows && head.content_length)
    fields.push_back({"content-length", std::to_string(*head.content_length)});
  return fields;
}

Fields fields_from_http1(const http1::Fields& fields, FieldBytes bytes_are) {
  size_t bytes = bytes_to_come;
  for (const http1::Field& field : fields) bytes += field.name.size() + field.value.size();
  Fields kept;
  kept.reserve(fields.size() + lines_to_come, bytes);
  const std::vector<std::string_view> named = named_by_connection(fields);
  for (const http1::Field& field : fields) {
    if (bytes_are == FieldBytes::unknown && !has_plain_bytes(field)) continue;
    if (known_to_stay.has(field.known)) continue;
    const bool is_named = std::any_of(named.begin(), named.end(),
                                      [&](std::string_view name) { return ascii_iequals(name, field.name); });
    if (!is_named) kept.emplace_back_lower(field.name, field.value);
  }
  return kept;
}

Fields fields_from_http2(Fields fields) {
  fields.remove_if([](const http2::Field& field) {
    return field.name.starts_with(':') || !http1::is_token(field.name) || stays_behind(field.name) ||
           http1::find_control(field.value) != field.value.size();
  });
  return fields;
}

ResponseHead head_from_http1(const http1::ResponseHead& head) {
  ResponseHead response{.status = head.status, .fields = fields_from_http1(head.fields, bytes_of(head.irregularities))};
  response.content_length = head.content_length;
  switch (head.framing) {
    case http1::Framing::no_body:
      // Of HEAD and 304: what the length would have been (RFC 9110 §8.6). Not of 204.
      if (head.status != 204) {
        if (const auto length = head.fields.find(http1::KnownField::content_length))
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
  if (const auto length = http2::first_value(head.fields, "content-length"))
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
