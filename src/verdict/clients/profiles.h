#pragma once
// Every profile by name; each is defined in the file of its family. client_profile.cc lists them in order.
#include "verdict/client_profile.h"

namespace astray::clients {

extern const ClientProfile chromium_h2, chromium_h3;                       // chromium.cc
extern const ClientProfile firefox_h2, firefox_h2_aggressive, firefox_h3;  // firefox.cc
extern const ClientProfile safari;                                         // safari.cc
extern const ClientProfile okhttp;                                         // okhttp.cc
extern const ClientProfile curl, go, java, apache_httpclient, jetty, reactor_netty, undici, node_http2, httpx,
    urllib3, hyper, dotnet;                                             // never_coalescing.cc
extern const ClientProfile strict, origin_frame, uncoalesced, rfc9113;  // own.cc

}  // namespace astray::clients
