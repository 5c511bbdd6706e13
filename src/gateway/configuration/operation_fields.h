#pragma once
#include "gateway/configuration/fields.h"
#include "gateway/configuration/operation_settings.h"

namespace astray::gateway {

template <>
struct KeysOf<AccessLogSettings> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"path", "appended to; opened anew on SIGUSR1", Need::required}, s.path);
    visit(Key{"format", "`json`, or a line with {fields}"}, s.format);
  }
};

template <>
struct KeysOf<AdminSettings> {
  static constexpr std::string_view word = "off";
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"address", "of metrics and state; nobody is asked who they are"}, s.address);
  }
};

template <>
struct KeysOf<PeerTimeouts> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{.name = "handshake", .text = "TLS, and a PROXY header before it", .least = 1, .most = hour},
          s.handshake);
    visit(Key{.name = "header", .text = "a whole request head", .least = 1, .most = hour}, s.header);
    visit(Key{.name = "body", .text = "between two pieces of a body", .least = 1, .most = day}, s.body);
    visit(Key{.name = "idle", .text = "a connection without requests", .least = 1, .most = day}, s.idle);
    visit(Key{.name = "write", .text = "a client that takes nothing", .least = 1, .most = day}, s.write);
  }
};

template <>
struct KeysOf<PeerLimits> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{.name = "header_bytes", .text = "of a request head", .least = 1024, .most = 1 << 20},
          s.header_bytes);
    visit(Key{.name = "header_fields", .text = "of a request", .least = 8, .most = 10'000}, s.header_fields);
    visit(Key{.name = "streams", .text = "at a time on an HTTP/2 connection", .least = 1, .most = 10'000},
          s.streams);
    visit(Key{.name = "connections", .text = "of all clients at a time", .least = 1, .most = 100'000'000},
          s.connections);
    visit(Key{"timeouts", ""}, s.timeouts);
  }
};

template <>
struct KeysOf<OperationSettings> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{.name = "threads", .text = "0: one for each core", .most = 1024}, s.threads);
    visit(Key{"user", "taken on once the ports are open"}, s.user);
    visit(Key{"group", "none said: the user's"}, s.group);
    visit(Key{"access_log", "none said: none is written"}, s.access_log);
    visit(Key{"admin", "metrics and state for the operator"}, s.admin);
    visit(Key{"ticket_keys",
              "a file of random keys that several gateways share; none said: random ones of this process"},
          s.ticket_keys);
    visit(Key{"peers", "what a client may use up"}, s.peers);
    visit(Key{.name = "drain", .text = "for requests under way when the gateway ends", .most = day}, s.drain);
  }
};

}  // namespace astray::gateway
