#pragma once
// The words of a Caddyfile (https://caddyserver.com/docs/caddyfile/concepts#tokens-and-quotes).
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_span.h"

namespace astray::caddy {

struct Token {
  std::string text;
  SourceSpan span;
  bool is_quoted = false;
  bool begins_line = false;
};

/// What --define says of the environment: NAME=VALUE.
using Environment = std::map<std::string, std::string, std::less<>>;

/// A name in {$NAME} or {$NAME:default} that the environment does not have, and where it stands first.
struct UnknownVariable {
  std::string name;
  SourceSpan span;
};

/// Splits a text into words. {$NAME} of the environment is replaced before, as Caddy does it, so that a value
/// may be several words; a name that is not known stays as it is written, and its place goes to `unknown`.
std::vector<Token> tokens_of(std::string_view text, SourceFileId file, const Environment& environment,
                             std::vector<UnknownVariable>& unknown);

}  // namespace astray::caddy
