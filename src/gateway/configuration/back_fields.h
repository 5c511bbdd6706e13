#pragma once
#include "gateway/configuration/back_settings.h"
#include "gateway/configuration/fields.h"

namespace astray::gateway {

template <>
struct KeysOf<VerifySettings> {
  static constexpr std::string_view word = "off";
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"authorities", "PEM; none said: the system's"}, s.authorities);
    visit(Key{"name", "that the certificate must cover; none said: the name in the SNI"}, s.name);
  }
};

template <>
struct KeysOf<ClientCertificateFiles> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"certificate", "PEM, the chain behind the certificate", Need::required}, s.certificate);
    visit(Key{"key", "PEM, its private key", Need::required}, s.key);
  }
};

template <>
struct KeysOf<BalancingSettings> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"method", "how an address is chosen"}, s.method);
    visit(Key{"key", "what consistent-hash hashes"}, s.key);
    visit(Key{"header", "the field that `key: header` means"}, s.header);
  }
};

template <>
struct KeysOf<ActiveHealthSettings> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"path", "asked for with GET; 2xx and 3xx are healthy"}, s.path);
    visit(Key{"host", "asked for; none said: the address"}, s.host);
    visit(Key{.name = "interval", .text = "between two questions", .least = 100, .most = hour}, s.interval);
    visit(Key{.name = "timeout", .text = "of a question", .least = 1, .most = hour}, s.timeout);
    visit(Key{.name = "healthy_after", .text = "good answers in a row", .least = 1, .most = 100},
          s.healthy_after);
    visit(Key{.name = "unhealthy_after", .text = "bad or missing answers in a row", .least = 1, .most = 100},
          s.unhealthy_after);
  }
};

template <>
struct KeysOf<PassiveHealthSettings> {
  static constexpr std::string_view word = "off";
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{.name = "failures", .text = "failed connects or answers in a row", .least = 1, .most = 1000},
          s.failures);
    visit(Key{.name = "rest", .text = "how long the address is then left alone", .least = 1, .most = hour},
          s.rest);
  }
};

template <>
struct KeysOf<HealthSettings> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"active", "requests of the gateway's own"}, s.active);
    visit(Key{"passive", "what ordinary requests show"}, s.passive);
  }
};

template <>
struct KeysOf<BackTimeouts> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{.name = "connect", .text = "TCP and TLS together", .least = 1, .most = hour}, s.connect);
    visit(Key{.name = "response",
              .text = "from the request's end to the response's head",
              .least = 1,
              .most = day},
          s.response);
    visit(Key{.name = "idle", .text = "of a kept connection", .most = day}, s.idle);
  }
};

template <>
struct KeysOf<BackLimits> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(
        Key{.name = "connections", .text = "to each address, of each thread", .least = 1, .most = 1'000'000},
        s.connections);
    visit(Key{.name = "waiting", .text = "requests without a connection; more get 503", .most = 1'000'000},
          s.waiting);
    visit(Key{.name = "requests_per_connection", .text = "then it is closed", .least = 1},
          s.requests_per_connection);
  }
};

template <>
struct KeysOf<BackSettings> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"addresses", "addresses or DNS names, with ports", Need::required}, s.addresses);
    visit(Key{"protocol", "http/1.1 and h2c in clear; h2, and https (HTTP/1.1), over TLS"}, s.protocol);
    visit(Key{"verify", "with TLS: how its certificate is judged"}, s.verify);
    visit(Key{"client_certificate", "with TLS: what the gateway shows for itself"}, s.client_certificate);
    visit(Key{"balancing", "among its addresses"}, s.balancing);
    visit(Key{"health", "which addresses are left out"}, s.health);
    visit(Key{.name = "connect_retries",
              .text = "at other addresses, before a byte of the request was sent",
              .most = 10},
          s.connect_retries);
    visit(Key{"timeouts", ""}, s.timeouts);
    visit(Key{"limits", ""}, s.limits);
  }
};

}  // namespace astray::gateway
