// Clients that keep a connection for the one origin it was opened for: one ladder, each with its own source.
#include "verdict/clients/profiles.h"
#include "verdict/rungs.h"

namespace astray::clients {
namespace {

RungOutcome check_own_origin(const RungFacts& facts) {
  return facts.connection.origin == facts.request.origin ? RungOutcome::pass : RungOutcome::refuse;
}

RungOutcome check_nothing_else(const RungFacts&) {
  return RungOutcome::accept;
}

constexpr Rung own_origin{"own-origin", Reason::never_coalesces, rungs::known, check_own_origin};
constexpr Rung nothing_else{"nothing-else", Reason::same_origin, rungs::known, check_nothing_else};

// The pool's key is the origin, the route and the client's TLS settings.
constexpr Rung ladder[] = {
    own_origin, rungs::same_route, rungs::same_partition, rungs::alive, rungs::room, nothing_else,
};

constexpr RetryRule no_retry{};
constexpr std::string_view returned = "hands the 421 to its caller";

constexpr ClientProfile never(std::string_view id, std::string_view display_name,
                              std::string_view version_read, ProfileConfidence confidence,
                              std::string_view source) {
  return {.id = id,
          .display_name = display_name,
          .version_read = version_read,
          .confidence = confidence,
          .coalescing = Coalescing::never,
          .source = source,
          .ladder = ladder,
          .retry = no_retry,
          .retry_note = returned};
}

// dotnet/runtime#32531: 421 from an Alt-Svc authority that is not the origin's puts that authority on a list
// for ten minutes (after eight entries Alt-Svc is off) and goes back to the origin; bodies and methods are
// not looked at.
constexpr RetryRule dotnet_retry{
    .condition = RetryCondition::when_alternative,
    .limit = RetryRule::unlimited,
    .body = RetryBody::any,
    .own_connection = OwnConnectionRetry::fresh,
    .bound_authentication = BoundAuthentication::ignored,
    .memory = {.blocks_alternative = true},
};

// Fetch standard, HTTP-network-or-cache fetch: once with a new connection, unless the body has no source.
// What undici makes of it: it aborts the 421, which closes its connection unless the whole of it has been
// read, and asks again on any connection of the origin that is idle, or a new one; the one that answered is
// not yet idle.
constexpr RetryRule undici_retry{
    .condition = RetryCondition::always,
    .limit = 1,
    .body = RetryBody::replayable,
    .own_connection = OwnConnectionRetry::fresh,
    .bound_authentication = BoundAuthentication::ignored,
    .memory = {.closes_connection = true},
};

constexpr auto proved = ProfileConfidence::proved;
constexpr auto read_in_source = ProfileConfidence::read_in_source;

}  // namespace

constexpr ClientProfile curl = never("curl", "curl and libcurl", "7.88.1", proved,
                                     "lib/url.c url_match_conn: the pool's key is scheme, host and port, "
                                     "then connect-to, proxy and TLS settings");

constexpr ClientProfile go = never(
    "go", "Go net/http", "", read_in_source,
    "net/http connectMethodKey{proxy, scheme, addr, onlyH1}; x/net/http2 clientConnPool keyed by host:port; "
    "golang/go#18341 (no retry)");

constexpr ClientProfile java = never("java", "Java java.net.http", "", read_in_source,
                                     "OpenJDK Http2Connection.keyFor: secure, proxy, host, port; older "
                                     "releases behind a proxy used the proxy's "
                                     "host and port instead");

constexpr ClientProfile apache_httpclient =
    never("apache-httpclient", "Apache HttpClient 5", "", read_in_source,
          "InternalH2ConnPool keyed by HttpRoute: target host, proxy chain, local address, target name");

constexpr ClientProfile jetty =
    never("jetty", "Jetty client", "", read_in_source,
          "Origin{scheme, address, tag, protocol, transport} keys the destinations");

constexpr ClientProfile reactor_netty =
    never("reactor-netty", "Reactor Netty (Spring WebClient)", "", read_in_source,
          "PoolKey(remote address with its name, pipeline key)");

constexpr ClientProfile undici{
    .id = "undici",
    .display_name = "Node.js fetch() (undici)",
    .version_read = "5.15, 6.24",
    .confidence = proved,
    .coalescing = Coalescing::never,
    .source = "Agent keyed by origin; lib/web/fetch/index.js, Fetch standard (whatwg/fetch#1141)",
    .ladder = ladder,
    .retry = undici_retry,
    .retry_note =
        "fetch() closes the connection and retries once on another one, unless the body was streamed; "
        "request() hands the 421 to its caller",
};

constexpr ClientProfile node_http2 = never("node-http2", "Node.js core http2", "18, 20", proved,
                                           "no pool at all: the caller owns the session");

constexpr ClientProfile httpx =
    never("httpx", "httpx (httpcore)", "", read_in_source, "can_handle_request: the exact origin");

constexpr ClientProfile urllib3 =
    never("urllib3", "urllib3 and requests", "", read_in_source,
          "PoolKey: scheme, host, port, server_hostname, TLS settings and more");

constexpr ClientProfile hyper =
    never("hyper", "hyper and reqwest", "", read_in_source, "hyper-util PoolKey = (Scheme, Authority)");

constexpr ClientProfile dotnet{
    .id = "dotnet",
    .display_name = ".NET SocketsHttpHandler",
    .version_read = "",
    .confidence = read_in_source,
    .coalescing = Coalescing::never,
    .source =
        "HttpConnectionPool (per authority; its key from general knowledge), HttpConnectionPool.Http3.cs; "
        "dotnet/runtime#32531",
    .ladder = ladder,
    .retry = dotnet_retry,
    .retry_note =
        "retries at the origin only what an HTTP/3 alternative of another authority answered, and shuns "
        "that authority for ten minutes",
};

}  // namespace astray::clients
