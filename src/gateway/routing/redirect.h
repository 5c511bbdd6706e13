#pragma once
#include <string>
#include <string_view>

#include "gateway/configuration/route_settings.h"
#include "names/origin.h"

namespace astray::gateway {

/// 301, 302, 303, 307 or 308 (RFC 9110 §15.4).
int status_code(RedirectStatus status);

/// The value of Location (RFC 9110 §10.2.2). `asked` is what the client asked for; the port is told where it
/// is not the default of the scheme. Another scheme without another authority takes the port away: the old
/// one speaks the old scheme. `target` is the request's, with its query, which stays.
std::string location(const RedirectSettings& settings, const Origin& asked, std::string_view target);

/// The same URL over TLS, at this port: what a listener without TLS answers.
std::string https_location(const Origin& asked, std::string_view target, Port https_port);

}  // namespace astray::gateway
