#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace astray {

/// The shapes of name that server configurations can state. How each matches is the server's own rule
/// (servers/<kind>/behave), since "*.example.com" spans one label in a certificate and any number in nginx or httpd.
enum class PatternKind : uint8_t {
  exact,              ///< text: the name, lower case, no trailing dot ("" in nginx: a request without Host)
  leading_wildcard,   ///< "*.example.com"; text: "example.com"
  dotted_suffix,      ///< nginx ".example.com": the name and all below it; text: "example.com"
  trailing_wildcard,  ///< nginx "www.example.*"; text: "www.example"
  glob,               ///< httpd ServerAlias with '*' or '?' anywhere else; text: the whole glob, lower case
  regex,              ///< nginx "~^www\d+\."; text: the expression without '~' (PCRE2, caseless)
  catch_all,          ///< nginx "_" is NOT this (it is an exact name nobody sends); httpd alias "*" is a glob
  unknowable,         ///< a variable or macro decides; text: as written
};
std::string_view to_string(PatternKind kind);

/// A name as a configuration says it.
struct ServerNamePattern {
  PatternKind kind = PatternKind::exact;
  std::string text;

  /// As a configuration would write it: "*.example.com", ".example.com", "~^x$".
  std::string spelled() const;
  auto operator<=>(const ServerNamePattern&) const = default;
  bool operator==(const ServerNamePattern&) const = default;
};

}  // namespace astray
