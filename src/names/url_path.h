#pragma once
// The part of a URL behind its authority, for names/url alone: percent-encoding, dot segments, relative
// paths.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace astray {

enum class UrlPart : uint8_t { userinfo, path, query, fragment };

/// `raw` with each byte percent-encoded that RFC 3986 (appendix A) forbids in this part; "%41" stays as it
/// is, any other
/// '%' becomes "%25".
std::string percent_encoded(std::string_view raw, UrlPart part);

struct UrlPath {
  std::string target;  ///< path and query, starts with '/'
  std::optional<std::string> fragment;
};

/// `rest`: what follows an authority: empty, or starting with '/', '?' or '#'.
UrlPath absolute_path(std::string_view rest);
/// `reference`, which has neither scheme nor authority, seen from `base_target` (RFC 3986 §5.2).
UrlPath relative_path(std::string_view base_target, std::string_view reference);

}  // namespace astray
