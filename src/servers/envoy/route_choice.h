#pragma once
// Which route of a virtual host takes a GET of "/" that has no fields but those that every request has.
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "servers/envoy/parts.h"
#include "servers/nginx/regex.h"

namespace astray::envoy {

struct PlainRequest {
  std::string_view authority;  ///< after the connection manager's own treatment
  std::string_view scheme;
  std::optional<bool> client_certificate;  ///< absent: in clear
};

struct RouteFound {
  enum class Outcome : uint8_t { found, none, unknowable };
  Outcome outcome = Outcome::none;
  const Route* route = nullptr;  ///< of `unknowable` too: the route that nobody can tell about
};

/// Expressions of RE2 that match a whole text, compiled with PCRE2, which agrees on what such configurations use.
class FullMatches {
 public:
  void compile(const std::string& expression);
  /// Absent: the expression cannot be compiled, or takes too long.
  std::optional<bool> matches(const std::string& expression, std::string_view text) const;

 private:
  std::map<std::string, std::optional<nginx::Regex>, std::less<>> compiled_;
};

/// Compiles what the routes of a table need.
void compile_expressions(const RouteTable& table, FullMatches& into);

/// Equal for virtual hosts whose routes do the same, whatever their domains are and wherever they stand.
std::string routes_content(const RouteVirtualHost& host);

RouteFound find_route(const RouteVirtualHost& host, const PlainRequest& request, const FullMatches& expressions);

}  // namespace astray::envoy
