#pragma once
// Sample expressions: a fetch and converters behind it, "req.hdr(host),field(1,:),lower" (configuration.txt,
// section 7.3). What the reader does not know evaluates to *unknown*, never to a guess.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_span.h"
#include "servers/haproxy/conditional_block.h"

namespace astray::haproxy {

class Patterns;

/// What a request and its connection bring along, as HAProxy's fetches see them.
struct RequestView {
  bool has_tls = false;
  std::optional<std::string> sni;           ///< as sent; of the TLS that HAProxy itself speaks
  bool has_client_certificate = false;      ///< that the handshake accepted
  std::optional<std::string> hello_sni;     ///< of a ClientHello that is passed on (mode tcp)
  bool has_http = true;
  std::optional<std::string> host;          ///< absent: no Host field
  bool host_is_fixed = false;               ///< a rule that sets it fails
  bool host_known = true;                   ///< false: a rule has set it to what nobody can tell
  unsigned port = 0;                        ///< that the client connected to
  int http_version = 1;                     ///< 1 or 2
  std::map<std::string, std::optional<std::string>, std::less<>> variables;  ///< absent inside: unknown
};

struct Value {
  enum class Kind : uint8_t { absent, text, number, unknown };
  Kind kind = Kind::absent;
  std::string text;    ///< of a number: its digits
  long number = 0;
  bool is_boolean = false;

  static Value unknown() { return {Kind::unknown, {}, 0, false}; }
  static Value of(std::string text) { return {Kind::text, std::move(text), 0, false}; }
  static Value of(const char* text) { return of(std::string(text)); }  // a literal would rather be a truth
  static Value of(long number) { return {Kind::number, std::to_string(number), number, false}; }
  static Value of(bool truth) { return {Kind::number, truth ? "1" : "0", truth ? 1 : 0, true}; }
};

struct Call {
  std::string name;
  std::vector<std::string> arguments;
};

/// How ACL criteria and map converters compare (section 7.1.3).
enum class Match : uint8_t { boolean, number, found, str, beg, end, sub, dir, dom, reg, len, unknown };

struct Converter {
  enum class Kind : uint8_t {
    lower, upper, field, word, host_only, port_only, length, negate, truth, strcmp, map, trim_left, trim_right,
    unknown
  };
  Kind kind = Kind::unknown;
  Call call;
  std::shared_ptr<const Patterns> patterns;  ///< map: null when its file could not be read
  bool missing_is_empty = false;             ///< word, before 2.9: "" where there are fewer words
};

struct Expression {
  enum class Fetch : uint8_t {
    host, other_header, sni, has_sni, client_certificate_used, client_verify_result, front_is_tls, hello_sni,
    hello_type, path, method, variable, port, text, number, always_true, always_false, http_version, unknown
  };
  Fetch fetch = Fetch::unknown;
  Call call;
  std::vector<Converter> converters;
  std::string text;  ///< as written
  SourceSpan span;

  bool asks_for_host() const { return fetch == Fetch::host; }
  bool asks_for_sni() const { return fetch == Fetch::sni || fetch == Fetch::hello_sni; }
};

/// Splits "name(arg,arg)" calls at commas outside of parentheses. Empty: malformed.
std::vector<Call> split_calls(std::string_view text);

/// The expression without its maps: `Converter::patterns` are null.
Expression parse_expression(std::string_view text, SourceSpan span);

Value evaluate(const Expression& expression, const RequestView& request);

}  // namespace astray::haproxy
