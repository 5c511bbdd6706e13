#pragma once
// A URL that a client can fetch: http or https, with an authority (RFC 9110 §4.2). What people type and
// servers send as Location is read as widely as it can be read safely, and kept in the one spelling that RFC
// 3986 allows.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "names/authority.h"
#include "names/origin.h"

namespace astray {

enum class UrlError {
  no_scheme,
  unknown_scheme,  ///< neither http nor https
  no_host,         ///< "http:", "http:/path", "http:///path"
  bad_userinfo,    ///< a blank, '\', a bracket or a second '@' before the host: readers differ on where the
                   ///< host begins
  bad_host,
  bad_port,       ///< not 1–65535; "host:" with an empty port means none
  bad_character,  ///< a control character, CR and LF among them
  too_long,       ///< more than max_url_bytes
};
/// What is wrong, to follow a colon: "it has no scheme: http:// or https:// is expected".
std::string_view describe(UrlError error);

/// Before anything is percent-encoded.
inline constexpr size_t max_url_bytes = 64 * 1024;

struct Url {
  Scheme scheme;
  Authority authority;  ///< the port as written
  /// Path and query, as an origin-form request target: starts with '/', has no dot segments ("%2e" is none:
  /// it stays as it is), and every byte that RFC 3986 forbids there is percent-encoded, a '%' without two
  /// digits also.
  std::string target;
  std::optional<std::string> userinfo;  ///< "user:password", still percent-encoded; never empty
  std::optional<std::string> fragment;  ///< without '#', percent-encoded; may be empty

  /// An absolute URL. Blanks around it are dropped.
  static Result<Url, UrlError> parse(std::string_view text);
  /// The same for a command line: "a.example/x", which has no "://", is http, as for curl.
  static Result<Url, UrlError> parse_lenient(std::string_view text);
  /// What a Location field leads to (RFC 3986 §5.2; RFC 9110 §10.2.2): a reference without fragment inherits
  /// ours. Blanks and UTF-8 in it are encoded, as browsers do. Userinfo is kept only by references that stay
  /// on this authority without naming it.
  Result<Url, UrlError> resolve(std::string_view reference) const;

  Origin origin() const { return Origin::of(scheme, authority); }
  /// Without userinfo and fragment.
  std::string text() const;

  bool operator==(const Url&) const = default;
};

}  // namespace astray
