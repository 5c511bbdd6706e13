#include "servers/haproxy/expression.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"

namespace astray::haproxy {
namespace {

using Fetch = Expression::Fetch;
using Conversion = Converter::Kind;

constexpr std::pair<std::string_view, Fetch> fetches[] = {
    {"ssl_fc_sni", Fetch::sni},
    {"ssl_fc_has_sni", Fetch::has_sni},
    {"ssl_c_used", Fetch::client_certificate_used},
    {"ssl_c_verify", Fetch::client_verify_result},
    {"ssl_fc", Fetch::front_is_tls},
    {"req_ssl_sni", Fetch::hello_sni},
    {"req.ssl_sni", Fetch::hello_sni},
    {"req_ssl_hello_type", Fetch::hello_type},
    {"req.ssl_hello_type", Fetch::hello_type},
    {"path", Fetch::path},
    {"pathq", Fetch::path},
    {"method", Fetch::method},
    {"var", Fetch::variable},
    {"dst_port", Fetch::port},
    {"str", Fetch::text},
    {"int", Fetch::number},
    {"always_true", Fetch::always_true},
    {"always_false", Fetch::always_false},
    {"req.ver", Fetch::http_version},
    {"req_ver", Fetch::http_version},
};

constexpr std::pair<std::string_view, Conversion> converters[] = {
    {"lower", Conversion::lower},         {"upper", Conversion::upper},         {"field", Conversion::field},
    {"word", Conversion::word},           {"host_only", Conversion::host_only}, {"port_only", Conversion::port_only},
    {"length", Conversion::length},       {"not", Conversion::negate},          {"bool", Conversion::truth},
    {"strcmp", Conversion::strcmp},       {"ltrim", Conversion::trim_left},     {"rtrim", Conversion::trim_right}};

Fetch fetch_of(const Call& call) {
  constexpr std::string_view headers[] = {"hdr", "req.hdr", "req.fhdr", "req_hdr"};
  const bool is_header = std::find(std::begin(headers), std::end(headers), call.name) != std::end(headers);
  if (is_header) {
    if (call.arguments.empty()) return Fetch::unknown;
    return ascii_iequals(call.arguments.front(), "host") ? Fetch::host : Fetch::other_header;
  }
  for (const auto& [name, fetch] : fetches)
    if (call.name == name) return fetch;
  return Fetch::unknown;
}

Conversion converter_of(const Call& call) {
  if (call.name == "map" || call.name.starts_with("map_")) return Conversion::map;
  for (const auto& [name, kind] : converters)
    if (call.name == name) return kind;
  return Conversion::unknown;
}

/// An argument without the quotes that keep a comma or a blank in it.
std::string unquoted(std::string_view argument) {
  if (argument.size() >= 2 && (argument.front() == '"' || argument.front() == '\'') &&
      argument.back() == argument.front())
    argument = argument.substr(1, argument.size() - 2);
  return std::string(argument);
}

}  // namespace

std::vector<Call> split_calls(std::string_view text) {
  std::vector<Call> calls;
  size_t at = 0;
  while (at < text.size()) {
    Call call;
    const size_t from = at;
    while (at < text.size() && text[at] != '(' && text[at] != ',') ++at;
    call.name = std::string(text.substr(from, at - from));
    if (at < text.size() && text[at] == '(') {
      std::string argument;
      char quote = 0;
      int depth = 1;
      for (++at; at < text.size() && depth > 0; ++at) {
        const char c = text[at];
        if (quote != 0) {
          if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
          quote = c;
        } else if (c == '(') {
          ++depth;
        } else if (c == ')' && --depth == 0) {
          continue;
        } else if (c == ',' && depth == 1) {
          call.arguments.push_back(unquoted(argument));
          argument.clear();
          continue;
        }
        argument += c;
      }
      if (depth != 0) return {};
      if (!argument.empty() || !call.arguments.empty()) call.arguments.push_back(unquoted(argument));
    }
    if (call.name.empty()) return {};
    calls.push_back(std::move(call));
    if (at < text.size() && text[at++] != ',') return {};
  }
  return calls;
}

Expression parse_expression(std::string_view text, SourceSpan span) {
  Expression expression;
  expression.text = std::string(text);
  expression.span = span;
  std::vector<Call> calls = split_calls(text);
  if (calls.empty()) return expression;
  expression.fetch = fetch_of(calls.front());
  expression.call = std::move(calls.front());
  for (size_t i = 1; i < calls.size(); ++i) {
    Converter& converter = expression.converters.emplace_back();
    converter.kind = converter_of(calls[i]);
    converter.call = std::move(calls[i]);
  }
  return expression;
}

}  // namespace astray::haproxy
