#pragma once
// Whether a rule takes a connection or a request (pkg/muxer/http/matcher.go, matcher_v2.go; pkg/muxer/tcp/).
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "servers/nginx/regex.h"
#include "servers/traefik/rule.h"

namespace astray::traefik {

/// What rules are asked about.
struct Asked {
  std::string name{};                    ///< Host without port, or SNI; lower case, and "" without one
  std::vector<std::string_view> alpn{};  ///< offered; for rules of TCP
  std::string_view path = "/";
  bool any_path = false;  ///< what depends on more than the name could be either way
};

/// Go's regular expressions, compiled with PCRE2, which agrees on what rules use.
class Expressions {
 public:
  /// Of every expression in the rule.
  void compile(const Rule& rule, Syntax syntax);
  /// Whether one matches; absent: it cannot be compiled, is filled in elsewhere, or takes too long.
  std::optional<bool> matches(const std::string& pattern, std::string_view text) const;

 private:
  void compile(const std::string& pattern);
  std::map<std::string, std::optional<nginx::Regex>, std::less<>> compiled_;
};

/// How rules of a router are understood.
struct Dialect {
  Syntax syntax = Syntax::v3;
  bool wildcards = true;  ///< from hosts_have_wildcards on
};

/// Absent: nobody can tell.
std::optional<bool> fits(const Rule& rule, const Asked& asked, const Dialect& dialect, const Expressions& expressions);

/// Whether a name is meant by the value of a Host: "*.a.test" takes one label (pkg/muxer/muxer.go).
bool is_meant_by(std::string_view name, std::string_view host);

/// The wildcard that takes the name: "a.b.test" has "*.b.test".
std::string starred(std::string_view name);

/// A v2 template ("{sub:[a-z]+}.a.test") as a regular expression; absent: braces are unbalanced.
std::optional<std::string> expression_of_template(std::string_view text);

}  // namespace astray::traefik
