#pragma once
// --resolve and --connect-to, as curl spells them.
#include <string_view>

#include "base/result.h"
#include "client/settings.h"

namespace astray {

/// "HOST:PORT:ADDRESS[,ADDRESS]…": HOST may be "*", an IPv6 address stands in brackets or without. A '+' in
/// front (curl: for a while alone) means nothing to a single call.
Result<client::ResolveOverride> parse_resolve(std::string_view text);

/// "HOST1:PORT1:HOST2:PORT2"; each of the four may be empty.
Result<client::ConnectToOverride> parse_connect_to(std::string_view text);

}  // namespace astray
