#pragma once
// -d and its sisters: what a request's body, or its query with -G, is made of.
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/arguments.h"

namespace astray {

struct FetchData {
  enum class Kind : uint8_t { none, form, json };
  Kind kind = Kind::none;
  std::string bytes;
};

/// --data, --data-raw, --data-binary, --data-urlencode and --json in the order in which they stand, joined
/// with
/// '&' (JSON: with nothing). Reads files, and standard input for "@-". An Error names the option and the
/// file.
Result<FetchData> read_fetch_data(const Arguments& arguments);

/// Every byte but letters, digits and "-._~" as %XX (RFC 3986 §2.3).
std::string url_encoded(std::string_view text);

/// The whole file; "-" is standard input.
Result<std::string> read_whole(std::string_view path, std::string_view option);

}  // namespace astray
