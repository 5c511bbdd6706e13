#pragma once
// ResolveOverride and ConnectToOverride as people write them, which is as curl spells --resolve and
// --connect-to.
#include <string_view>

#include "base/result.h"
#include "client/settings.h"

namespace astray::client {

/// "HOST:PORT:ADDRESS[,ADDRESS]…": HOST and PORT may be "*", an IPv6 address stands in brackets or without. A
/// '+' in front (curl: for a while alone) means nothing here.
Result<ResolveOverride> parse_resolve(std::string_view text);

/// "HOST1:PORT1:HOST2:PORT2"; each of the four may be empty.
Result<ConnectToOverride> parse_connect_to(std::string_view text);

}  // namespace astray::client
