#pragma once
#include "gateway/configuration/settings_values.h"
#include "names/authority.h"
#include "names/server_name.h"

namespace astray::gateway {

struct HeaderMatch {
  FieldName name;
  std::optional<FieldValue> value;  ///< absent, as `regex`: the field is there
  std::optional<Placed<RegexText>> regex;
};

/// What a request must be like; everything that is said must hold. The authority is matched by the virtual
/// host already.
struct MatchSettings {
  std::optional<UrlPathText> prefix;  ///< whole segments: "/a" takes "/a" and "/a/b", not "/ab"
  std::optional<UrlPathText> exact;
  std::optional<Placed<RegexText>> regex;
  std::vector<MethodName> methods;   ///< any of these
  std::vector<HeaderMatch> headers;  ///< all of these
};

struct WeightedBack {
  Placed<Label> back;
  uint32_t weight = 1;  ///< share of the requests; 0: none
};

enum class RedirectStatus : uint8_t {
  moved_permanently,   ///< 301
  found,               ///< 302
  see_other,           ///< 303
  temporary_redirect,  ///< 307
  permanent_redirect,  ///< 308
};

/// What is not said stays as the request has it.
struct RedirectSettings {
  RedirectStatus status = RedirectStatus::permanent_redirect;
  std::optional<Scheme> scheme;
  std::optional<Authority> authority;
  std::optional<UrlPathText> path;
};

struct PathRewriteSettings {
  std::optional<Placed<UrlPathText>> prefix;  ///< stands in for the prefix that matched
  std::optional<UrlPathText> path;            ///< stands in for the whole path
};

/// In this order: remove, set, add.
struct HeaderEditSettings {
  std::vector<FieldName> remove;
  HeaderLines set;
  HeaderLines add;
};

struct HostRewriteSettings {
  std::optional<Authority> rewrite;
};
struct SniRewriteSettings {
  std::optional<Placed<ServerName>> rewrite;
};

struct RouteSettings {
  SourceSpan place;
  MatchSettings match;
  std::vector<WeightedBack> backs;
  std::optional<RedirectSettings> redirect;
  PathRewriteSettings rewrite;
  HeaderEditSettings request_headers;
  HeaderEditSettings response_headers;
  /// Toward the back; without settings: the name that the client asked for.
  OrWord<HostRewriteSettings> host;
  OrWord<SniRewriteSettings> sni;
};

}  // namespace astray::gateway
