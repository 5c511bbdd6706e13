#include "gateway/routing/take_request_head.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "gateway/routing/connection_options.h"
#include "gateway/routing/field_role.h"
#include "gateway/routing/path.h"
#include "http1/characters.h"
#include "http2/message_rules.h"

namespace astray::gateway {
namespace {

using Problem = std::optional<RequestProblem>;

/// The token character in lower case, or NUL for what is none (RFC 9110 §5.6.2).
constexpr std::array<char, 256> name_characters = [] {
  std::array<char, 256> table{};
  for (unsigned char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"))
    table[c] = static_cast<char>(c);
  for (unsigned char c = 'A'; c <= 'Z'; ++c) table[c] = ascii_lower(static_cast<char>(c));
  return table;
}();

char name_character(char c) {
  return name_characters[static_cast<unsigned char>(c)];
}

/// In `lower`, whose memory is used again. Empty: it is no field name.
std::string_view lower_case_name(std::string_view name, std::string& lower) {
  lower.assign(name);
  bool valid = true;
  for (char& c : lower) {
    c = name_character(c);
    valid &= c != '\0';
  }
  if (!valid) lower.clear();
  return lower;
}

bool is_lower_case_name(std::string_view name) {
  bool valid = !name.empty();
  for (const char c : name) valid &= c != '\0' && name_character(c) == c;
  return valid;
}

bool is_field_value(std::string_view value) {
  return http1::find_control(value) == value.size();
}

bool is_url_byte(char c) {
  return c > ' ' && c < 0x7f && c != '#';
}

Problem target_problem(std::string_view method, std::string_view target) {
  if (method == "CONNECT") return target.empty() ? Problem() : Problem(RequestProblem::bad_target);
  if (method == "OPTIONS" && target == "*") return std::nullopt;
  if (!target.starts_with('/') || !std::ranges::all_of(query_of(target), is_url_byte))
    return RequestProblem::bad_target;
  const std::optional<PathProblem> problem = path_problem(path_of(target));
  if (!problem) return std::nullopt;
  switch (*problem) {
    case PathProblem::forbidden_byte:
      return RequestProblem::bad_target;
    case PathProblem::dot_segment:
      return RequestProblem::dot_segment;
    case PathProblem::bad_encoding:
      return RequestProblem::bad_path_encoding;
    case PathProblem::encoded_nul:
      return RequestProblem::encoded_nul;
  }
  return RequestProblem::bad_target;
}

std::string target_of(const http1::RequestHead& from) {
  const http1::Target& target = from.target;
  switch (target.form) {
    case http1::TargetForm::origin:
      return std::string(target.path_and_query);
    case http1::TargetForm::asterisk:
      return "*";
    case http1::TargetForm::authority:
      return "";
    case http1::TargetForm::absolute:
      break;
  }
  // RFC 9112 §3.2.4.
  if (target.path_and_query.empty()) return from.method == "OPTIONS" ? "*" : "/";
  if (target.path_and_query.front() == '?') return "/" + std::string(target.path_and_query);
  return std::string(target.path_and_query);
}

bool is_trailers_option(std::string_view te) {
  while (const auto element = http1::take_list_element(te))
    if (ascii_iequals(*element, "trailers")) return true;
  return false;
}

/// The protocol that an Upgrade line asks for first; empty where it is one that ends here.
std::string_view protocol_of(std::string_view upgrade) {
  const std::string_view first = http1::take_list_element(upgrade).value_or("");
  const std::string_view name = first.substr(0, first.find('/'));
  for (const std::string_view own : {"h2c", "h2", "http", "tls"})
    if (ascii_iequals(name, own)) return {};
  const bool valid = std::ranges::all_of(first, [](char c) { return c == '/' || name_character(c) != '\0'; });
  return valid ? first : std::string_view();
}

/// Whether a field goes on; TE with what is left of it.
enum class Fate : uint8_t { goes_on, ends_here, says_trailers };

Fate fate_of(std::string_view lower_name, std::string_view value) {
  switch (role_of(lower_name)) {
    case FieldRole::end_to_end:
    case FieldRole::claim:
      return Fate::goes_on;
    case FieldRole::typed:
      return Fate::ends_here;
    case FieldRole::connection:
      return lower_name == "te" && is_trailers_option(value) ? Fate::says_trailers : Fate::ends_here;
  }
  return Fate::ends_here;
}

/// RFC 9110 §6.5.1: what may not come when the request has been judged and routed already.
bool may_be_trailer(std::string_view lower_name) {
  static constexpr std::string_view never[] = {
      "authorization", "cache-control", "content-encoding", "content-range", "content-type", "cookie",
      "location",      "range",         "set-cookie",       "trailer",       "via",          "vary"};
  return role_of(lower_name) == FieldRole::end_to_end &&
         std::ranges::find(never, lower_name) == std::end(never);
}

struct OptionsRead {
  ConnectionOptions options;
  Problem problem;
};
OptionsRead read_connection_options(const http1::Fields& fields) {
  OptionsRead read;
  if (!fields.has(http1::KnownField::connection)) return read;
  for (const http1::Field& field : fields) {
    if (field.known != http1::KnownField::connection) continue;
    read.problem = read.options.add(field.value);
    if (read.problem) break;
  }
  return read;
}

Problem take_fields(RequestHead& head, const http1::Fields& from, const ConnectionOptions& options) {
  size_t bytes = 0;
  for (const http1::Field& field : from) bytes += field.name.size() + field.value.size();
  // And room for what the gateway adds itself.
  head.fields.reserve(from.size() + 8, bytes + 320);
  std::string lower;
  for (const http1::Field& field : from) {
    const std::string_view name = lower_case_name(field.name, lower);
    if (name.empty()) return RequestProblem::bad_field_name;
    if (!is_field_value(field.value)) return RequestProblem::bad_field_value;
    const Fate fate = fate_of(name, field.value);
    if (fate == Fate::says_trailers)
      head.fields.emplace_back(name, "trailers");
    else if (fate == Fate::goes_on && !options.names(name))
      head.fields.emplace_back(name, field.value);
  }
  return std::nullopt;
}

struct PseudoFields {
  std::string method, path, protocol;
};

Problem take_pseudo(PseudoFields& pseudo, const http2::Field& field) {
  if (field.name == ":method")
    pseudo.method = field.value;
  else if (field.name == ":path")
    pseudo.path = field.value;
  else if (field.name == ":protocol")
    pseudo.protocol = field.value;
  else if (field.name != ":scheme" && field.name != ":authority")
    return RequestProblem::bad_field_name;
  return std::nullopt;
}

Problem line_problem(const http2::Field& field) {
  if (!is_field_value(field.value)) return RequestProblem::bad_field_value;
  if (!is_lower_case_name(field.name)) return RequestProblem::bad_field_name;
  return std::nullopt;
}

/// Leaves the lines that go on, in their order. Crumbs of Cookie become one line (RFC 9113 §8.2.3).
Problem take_fields(http2::Fields& fields, PseudoFields& pseudo) {
  Problem problem;
  std::optional<size_t> te_at, cookie_at;
  std::string_view first_crumb;
  std::string crumbs;  // when there are several
  size_t kept = 0;
  fields.remove_if([&](const http2::Field& field) {
    if (problem) return true;
    if (field.name.starts_with(':')) {
      problem = is_field_value(field.value) ? take_pseudo(pseudo, field) : RequestProblem::bad_field_value;
      return true;
    }
    problem = line_problem(field);
    const Fate fate = fate_of(field.name, field.value);
    if (fate == Fate::ends_here) return true;
    if (fate == Fate::says_trailers) {
      if (te_at) return true;
      te_at = kept;
    }
    if (field.name == "cookie") {
      // An empty crumb would leave a blank at an end.
      if (field.value.empty()) return true;
      if (cookie_at) {
        if (crumbs.empty()) crumbs = first_crumb;
        crumbs.append("; ").append(field.value);
        return true;
      }
      first_crumb = field.value;
      cookie_at = kept;
    }
    ++kept;
    return false;
  });
  if (te_at) fields.set_value(*te_at, "trailers");
  if (!crumbs.empty()) fields.set_value(*cookie_at, crumbs);
  return problem;
}

}  // namespace

Result<RequestHead, RequestProblem> take_request_head(const http1::RequestHead& from, Scheme scheme,
                                                      std::string authority) {
  if (!http1::is_token(from.method)) return Failure<RequestProblem>(RequestProblem::bad_method);
  RequestHead head{.method = std::string(from.method),
                   .scheme = scheme,
                   .authority = std::move(authority),
                   .target = target_of(from)};
  if (const Problem problem = target_problem(head.method, head.target))
    return Failure<RequestProblem>(*problem);
  if (from.framing == http1::Framing::chunked || from.content_length.value_or(0) > 0) {
    head.body = Body::follows;
    head.content_length = from.content_length;
    head.expects_continue = from.expects == http1::Expectation::continue_100;
  }
  const auto [options, bad_option] = read_connection_options(from.fields);
  if (bad_option) return Failure<RequestProblem>(*bad_option);
  if (from.version == http1::Version::http_1_1 && head.body == Body::none && options.upgrade())
    head.upgrade = protocol_of(from.fields.find(http1::KnownField::upgrade).value_or(""));
  if (const Problem problem = take_fields(head, from.fields, options))
    return Failure<RequestProblem>(*problem);
  return head;
}

Result<RequestHead, RequestProblem> take_request_head(http2::Fields from, Scheme scheme,
                                                      std::string authority, Body body) {
  RequestHead head;
  head.scheme = scheme;
  head.authority = std::move(authority);
  head.body = body;
  if (body == Body::follows) {
    head.content_length = http2::content_length(from);
    const auto expect = http2::first_value(from, "expect");
    head.expects_continue = expect && ascii_iequals(*expect, "100-continue");
  }
  PseudoFields pseudo;
  if (const Problem problem = take_fields(from, pseudo)) return Failure<RequestProblem>(*problem);
  if (!http1::is_token(pseudo.method)) return Failure<RequestProblem>(RequestProblem::bad_method);
  if (!pseudo.protocol.empty()) {
    if (!http1::is_token(pseudo.protocol)) return Failure<RequestProblem>(RequestProblem::bad_protocol);
    head.upgrade = std::move(pseudo.protocol);
    pseudo.method = "GET";
    // What follows are the protocol's bytes, once the back has agreed to it.
    head.body = Body::none;
    head.content_length.reset();
    head.expects_continue = false;
  }
  head.method = std::move(pseudo.method);
  head.target = std::move(pseudo.path);
  if (const Problem problem = target_problem(head.method, head.target))
    return Failure<RequestProblem>(*problem);
  head.fields = std::move(from);
  return head;
}

Result<Fields, RequestProblem> take_trailers(const http1::Fields& from) {
  Fields trailers;
  std::string lower;
  for (const http1::Field& field : from) {
    const std::string_view name = lower_case_name(field.name, lower);
    if (name.empty()) return Failure<RequestProblem>(RequestProblem::bad_field_name);
    if (!is_field_value(field.value)) return Failure<RequestProblem>(RequestProblem::bad_field_value);
    if (may_be_trailer(name)) trailers.emplace_back(name, field.value);
  }
  return trailers;
}

Result<Fields, RequestProblem> take_trailers(http2::Fields from) {
  for (const http2::Field field : from) {
    if (!is_lower_case_name(field.name)) return Failure<RequestProblem>(RequestProblem::bad_field_name);
    if (!is_field_value(field.value)) return Failure<RequestProblem>(RequestProblem::bad_field_value);
  }
  from.remove_if([](const http2::Field& field) { return !may_be_trailer(field.name); });
  return from;
}

}  // namespace astray::gateway
