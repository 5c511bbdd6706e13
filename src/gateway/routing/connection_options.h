#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "gateway/routing/request_problem.h"

namespace astray::gateway {

/// What the Connection lines of an HTTP/1.1 message list (RFC 9110 §7.6.1). Views of these lines.
///
/// Each names a field that must not be passed on. A client that names a field which is meant for everyone, or
/// which a gateway before us has set, would have us take it away behind that gateway's back: the back might
/// then believe that there was no client address, or no login. To ignore the name would break the RFC; so
/// such a request is refused. Names of what is typed (Transfer-Encoding) change nothing: it is read before.
class ConnectionOptions {
 public:
  /// The value of one line.
  std::optional<RequestProblem> add(std::string_view value);
  bool upgrade() const { return upgrade_; }
  /// Whether a field of this name, in lower case, is named, other than those that never go on.
  bool names(std::string_view lower_name) const;

 private:
  std::array<std::string_view, most_connection_options> names_;
  size_t size_ = 0;
  bool upgrade_ = false;
};

}  // namespace astray::gateway
