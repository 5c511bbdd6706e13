#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_span.h"
#include "gateway/configuration/route_settings.h"
#include "gateway/message.h"
#include "gateway/routing/regex.h"

namespace astray::gateway {

/// A regular expression of the configuration that PCRE2 does not take, and where it stands.
struct BadRegex {
  SourceSpan place;
  std::string sentence;
};

/// What a request must be like to take a route. Everything that is said must hold.
class RouteConditions {
 public:
  static Result<RouteConditions, BadRegex> of(const MatchSettings& settings);

  enum class Answer : uint8_t {
    holds,
    fails,
    undecided,  ///< a regular expression gave up
  };
  /// `path`: of the head's target.
  Answer hold_for(const RequestHead& head, std::string_view path) const;
  /// The same for a path in its canonical spelling: prefixes and exact paths are compared in theirs, too.
  Answer hold_for_canonical(const RequestHead& head, std::string_view path) const;

  enum class PathKind : uint8_t { any, prefix, exact, regex };
  PathKind path_kind() const { return path_kind_; }
  /// With prefix: as it was written, without a slash at its end ("" for "/"). With exact: the path.
  std::string_view path_text() const { return path_text_; }
  std::string_view canonical_path_text() const { return canonical_text_; }

 private:
  struct Header {
    std::string name;  ///< lower case
    std::optional<std::string> value;
    std::optional<Regex> regex;
  };

  Answer all_hold(const RequestHead& head, std::string_view path, std::string_view text) const;
  Answer path_holds(std::string_view path, std::string_view text) const;
  static Answer header_holds(const Header& header, const Fields& fields);

  PathKind path_kind_ = PathKind::any;
  std::string path_text_;
  std::string canonical_text_;
  std::optional<Regex> path_regex_;
  std::vector<std::string> methods_;
  std::vector<Header> headers_;
};

/// Whether a path lies below a prefix in whole segments. The prefix has no slash at its end.
bool has_prefix_segments(std::string_view path, std::string_view prefix);
/// Without slashes at the end: what comparing in whole segments needs.
std::string_view prefix_segments(std::string_view prefix);

}  // namespace astray::gateway
