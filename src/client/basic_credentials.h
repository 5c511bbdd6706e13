#pragma once
#include <string>
#include <string_view>

namespace astray::client {

/// The value of an Authorization or Proxy-Authorization field (RFC 7617) for the userinfo of a URL:
/// "user:password", percent-encoded. Without a colon the password is empty.
std::string basic_credentials(std::string_view userinfo);

}  // namespace astray::client
