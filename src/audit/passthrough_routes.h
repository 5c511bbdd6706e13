#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "servers/model/deployment.h"

namespace astray {

/// Where a passthrough listener sends a connection, by its SNI, looked up as nginx looks up a map with
/// `hostnames` (ngx_hash_find_combined, then the expressions): an exact name, the longest leading wildcard,
/// the longest trailing one, an expression, the default route. It borrows the listener. A look-up costs the
/// labels of the name, not the number of routes.
class PassthroughRoutes {
 public:
  explicit PassthroughRoutes(const Listener& listener);

  struct Choice {
    const PassthroughRoute* route = nullptr;  ///< nullptr: no route takes it
    bool certain =
        true;  ///< false: an expression or a variable, which nobody evaluates here, might take it instead
  };
  /// An absent SNI takes the default route, unless there is one for "".
  Choice choose(const std::optional<std::string>& sni) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Table = std::unordered_map<std::string_view, const PassthroughRoute*, Hash, std::equal_to<>>;

  Table exact_;     ///< by name
  Table leading_;   ///< by what follows "*."
  Table trailing_;  ///< by what precedes ".*"
  const PassthroughRoute* default_ = nullptr;
  bool has_unevaluated_ = false;
};

}  // namespace astray
