#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "http1/failure.h"
#include "names/port.h"

namespace astray::http1 {

enum class TargetForm : uint8_t {
  origin,     ///< "/path?query"
  absolute,   ///< "http://example.com/path"
  authority,  ///< "example.com:443", CONNECT only
  asterisk,   ///< "*", OPTIONS only
};
std::string_view to_string(TargetForm form);

/// A request target (RFC 9112 §3.2) cut into its parts, which are views of it. The authority is not judged:
/// it is what stands between "://" and the path, userinfo and all.
struct Target {
  TargetForm form{};
  std::string_view scheme{};             ///< absolute: as spelled; of any scheme
  std::optional<Scheme> known_scheme{};  ///< absolute with http or https
  std::string_view authority{};          ///< absolute and authority form; may be empty
  std::string_view path_and_query{};     ///< origin and absolute form; may be empty in the latter
};

/// bad_target when bytes or form are not allowed for this method.
Result<Target, FailureReason> parse_target(std::string_view method, std::string_view target);

}  // namespace astray::http1
