#pragma once
#include "servers/envoy/parts.h"
#include "servers/envoy/reading.h"

namespace astray::envoy {

/// An HttpConnectionManager (extensions.filters.network.http_connection_manager.v3), with its routes.
ConnectionManager read_connection_manager(const Node* config, Reading& reading);

/// Takes one of `http_filters`: what does not decide by the authority is passed over.
void take_http_filter(const Node* filter, ConnectionManager& manager);

/// Lua that answers 421 where the authority, without its port and in lower case, is not the SNI, and does nothing
/// else: the form in which it is passed around (Contour's FilterMisdirectedRequests, envoy issue 6767).
bool is_lua_that_compares_with_sni(std::string_view code);

}  // namespace astray::envoy
