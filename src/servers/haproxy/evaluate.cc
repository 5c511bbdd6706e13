// What expressions come to. Converters do as sample.c does them.
#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/ascii.h"
#include "servers/haproxy/expression.h"
#include "servers/haproxy/patterns.h"

namespace astray::haproxy {
namespace {

using Fetch = Expression::Fetch;
using Conversion = Converter::Kind;

long number_at(const Call& call, size_t index, long by_default) {
  if (index >= call.arguments.size()) return by_default;
  const std::string& text = call.arguments[index];
  long number = by_default;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : by_default;
}

std::string argument(const Call& call, size_t index) {
  return index < call.arguments.size() ? call.arguments[index] : std::string();
}

Value of_text(const std::optional<std::string>& text) {
  return text ? Value::of(*text) : Value{};
}

Value fetch(const Expression& expression, const RequestView& request) {
  switch (expression.fetch) {
    case Fetch::host:
      if (!request.has_http) return {};
      if (!request.host_known) return Value::unknown();
      // A field with a comma counts as several values, of which the call's occurrence chooses.
      if (request.host && request.host->find(',') != std::string::npos) return Value::unknown();
      return of_text(request.host);
    case Fetch::sni: return request.has_tls ? of_text(request.sni) : Value{};
    case Fetch::has_sni: return request.has_tls ? Value::of(request.sni.has_value()) : Value::of(false);
    case Fetch::client_certificate_used: return Value::of(request.has_client_certificate);
    // A certificate that does not verify ends the handshake, unless errors are ignored: bind.cc says so then.
    case Fetch::client_verify_result: return request.has_tls ? Value::of(0L) : Value{};
    case Fetch::front_is_tls: return Value::of(request.has_tls);
    case Fetch::hello_sni: return request.has_http || request.has_tls ? Value{} : of_text(request.hello_sni);
    case Fetch::hello_type: return request.has_http || request.has_tls ? Value{} : Value::of(1L);
    case Fetch::path: return request.has_http ? Value::of("/") : Value{};
    case Fetch::method: return request.has_http ? Value::of("GET") : Value{};
    case Fetch::port: return Value::of(static_cast<long>(request.port));
    case Fetch::text: return Value::of(argument(expression.call, 0));
    case Fetch::number: return Value::of(number_at(expression.call, 0, 0));
    case Fetch::always_true: return Value::of(true);
    case Fetch::always_false: return Value::of(false);
    case Fetch::http_version: return Value::of(request.http_version == 2 ? "2.0" : "1.1");
    case Fetch::variable: {
      const auto found = request.variables.find(argument(expression.call, 0));
      if (found == request.variables.end()) return {};
      return found->second ? Value::of(*found->second) : Value::unknown();
    }
    case Fetch::other_header:  // other fields are the client's own affair
    case Fetch::unknown: break;
  }
  return Value::unknown();
}

/// What fields and words are cut from: the text, or, for those that are counted from the end, the text backwards.
struct Cut {
  std::string text;
  long wanted;  ///< from 1
  bool is_backwards;

  Cut(std::string_view from, long number) : text(from), wanted(std::abs(number)), is_backwards(number < 0) {
    if (is_backwards) std::reverse(text.begin(), text.end());
  }
  Value piece(size_t start, size_t end) const {
    std::string found = text.substr(start, end - start);
    if (is_backwards) std::reverse(found.begin(), found.end());
    return Value::of(std::move(found));
  }
};

/// sample_conv_field: absent when there are fewer fields. `count` of 0: up to the end.
Value field(std::string_view text, long number, std::string_view delimiters, long count) {
  if (number == 0) return {};
  const Cut cut(text, number);
  long at = 1;
  size_t start = 0;
  for (size_t end = 0; end < cut.text.size(); ++end) {
    if (delimiters.find(cut.text[end]) == std::string_view::npos) continue;
    if (at == cut.wanted) {
      if (count == 1) return cut.piece(start, end);
      if (count > 1) --count;
    } else {
      start = end + 1;
      ++at;
    }
  }
  return at == cut.wanted ? cut.piece(start, cut.text.size()) : Value{};
}

/// sample_conv_word: as above, but runs of delimiters count once. Several words that are not followed by another keep the
/// delimiters behind them.
Value word(std::string_view text, long number, std::string_view delimiters, long count) {
  if (number == 0) return {};
  const Cut cut(text, number);
  long at = 0;
  size_t start = 0;
  bool is_in_word = false;
  for (size_t end = 0; end < cut.text.size(); ++end) {
    const bool is_delimiter = delimiters.find(cut.text[end]) != std::string_view::npos;
    if (is_in_word == !is_delimiter) continue;
    is_in_word = !is_delimiter;
    if (is_in_word && at != cut.wanted) {
      ++at;
      start = end;
    } else if (is_delimiter && at == cut.wanted) {
      if (count == 1) return cut.piece(start, end);
      if (count > 1) --count;
    }
  }
  return at == cut.wanted ? cut.piece(start, cut.text.size()) : Value{};
}

/// Where the port starts, for host_only and port_only: the last colon, unless a bracket comes behind it.
size_t port_separator(std::string_view text) {
  const size_t last = text.find_last_of(":]");
  return last != std::string_view::npos && text[last] == ':' ? last : std::string_view::npos;
}

Value compare_with_variable(const std::string& text, const Call& call, const RequestView& request) {
  const auto found = request.variables.find(argument(call, 0));
  if (found == request.variables.end()) return {};
  if (!found->second) return Value::unknown();
  const int order = text.compare(*found->second);
  return Value::of(static_cast<long>(order < 0 ? -1 : order > 0 ? 1 : 0));
}

Value look_up(const Converter& converter, const Value& value) {
  if (converter.patterns == nullptr) return Value::unknown();
  const Patterns::Found found = converter.patterns->find(value);
  if (found.truth == Truth::unknown) return Value::unknown();
  if (found.truth == Truth::yes) return found.pattern != nullptr ? Value::of(found.pattern->value) : Value::unknown();
  return converter.call.arguments.size() > 1 ? Value::of(converter.call.arguments[1]) : Value{};
}

std::string mapped(std::string text, char (*map)(char)) {
  std::transform(text.begin(), text.end(), text.begin(), map);
  return text;
}
char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}

Value convert(const Converter& converter, const Value& value, const RequestView& request) {
  const std::string& text = value.text;
  const Call& call = converter.call;
  switch (converter.kind) {
    case Conversion::lower: return Value::of(ascii_lower(text));
    case Conversion::upper: return Value::of(mapped(text, ascii_upper));
    case Conversion::field: return field(text, number_at(call, 0, 0), argument(call, 1), number_at(call, 2, 1));
    case Conversion::word: {
      const Value found = word(text, number_at(call, 0, 0), argument(call, 1), number_at(call, 2, 1));
      return found.kind == Value::Kind::absent && converter.missing_is_empty ? Value::of("") : found;
    }
    case Conversion::host_only: return Value::of(ascii_lower(text.substr(0, port_separator(text))));
    case Conversion::port_only: {
      const size_t colon = port_separator(text);
      long port = 0;
      if (colon != std::string::npos) std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
      return Value::of(port);
    }
    case Conversion::length: return Value::of(static_cast<long>(text.size()));
    case Conversion::negate: return value.kind == Value::Kind::number ? Value::of(value.number == 0) : Value::unknown();
    case Conversion::truth: return value.kind == Value::Kind::number ? Value::of(value.number != 0) : Value::unknown();
    case Conversion::strcmp: return compare_with_variable(text, call, request);
    case Conversion::map: return look_up(converter, value);
    case Conversion::trim_left: {
      const size_t from = text.find_first_not_of(argument(call, 0));
      return Value::of(from == std::string::npos ? std::string() : text.substr(from));
    }
    case Conversion::trim_right: {
      const size_t to = text.find_last_not_of(argument(call, 0));
      return Value::of(to == std::string::npos ? std::string() : text.substr(0, to + 1));
    }
    case Conversion::unknown: break;
  }
  return Value::unknown();
}

}  // namespace

Value evaluate(const Expression& expression, const RequestView& request) {
  Value value = fetch(expression, request);
  for (const Converter& converter : expression.converters) {
    // Without a sample, no converter runs.
    if (value.kind == Value::Kind::absent || value.kind == Value::Kind::unknown) return value;
    value = convert(converter, value, request);
  }
  return value;
}

}  // namespace astray::haproxy
