#pragma once
// A router's rule: calls of matchers, joined by && and || and !, in the form of a Go expression (pkg/rules/parser.go;
// github.com/vulcand/predicate parses it with go/parser).
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "servers/model/version.h"

namespace astray::traefik {

/// Routers of HTTP and of TCP have matchers of their own.
enum class Layer : uint8_t { http, tcp };
/// v2 matchers take several values, and templates; v3 ones take one, and Go's regular expressions.
enum class Syntax : uint8_t { v2, v3 };

/// HostHeader is `host`, Headers is `header`, HeadersRegexp is `header_regexp`.
enum class Matcher : uint8_t {
  host, host_regexp, path, path_prefix, path_regexp, method, header, header_regexp, query, query_regexp, client_ip,
  host_sni, host_sni_regexp, alpn,
};

struct Rule {
  enum class Kind : uint8_t { matcher, all, any };
  Kind kind = Kind::matcher;
  bool negated = false;
  Matcher matcher = Matcher::host;
  std::string name{};                  ///< of the matcher, as Traefik spells it: "HostHeader"
  std::vector<std::string> values{};   ///< of a matcher
  std::vector<Rule> parts{};           ///< of `all` and `any`
};

/// The rule, with matchers of either syntax. The error says what was expected and where in the text.
Result<Rule, std::string> parse_rule(std::string_view text, Layer layer);

/// Why a router with this rule takes nothing in the syntax; "" if it does.
std::string refusal(const Rule& rule, Layer layer, Syntax syntax, const Version& version);

/// The values of every Host (of TCP: HostSNI) of the rule, in lower case, those behind a "!" too: what TLS settings are
/// stored under.
std::vector<std::string> domains_of(const Rule& rule, Layer layer);

/// Whether any matcher of this kind is in the rule.
bool has_matcher(const Rule& rule, Matcher matcher);

/// Since then a Host or HostSNI can be "*.example.com" (for one label).
inline constexpr Version hosts_have_wildcards{3, 7, 0};

}  // namespace astray::traefik
