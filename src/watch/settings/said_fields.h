#pragma once
// The keys of watch.yaml, each stated once.
#include "watch/settings/said_expectations.h"
#include "watch/settings/said_outlet_fields.h"

namespace astray::gateway {

template <>
struct KeysOf<watch::SaidConfiguration> {
  static auto& shorthand(auto& s) { return s.path; }
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"path", "a file, a folder or a git checkout", Need::required}, s.path);
    visit(Key{"server", "what it is for; none said: it is recognised"}, s.server);
  }
};

template <>
struct KeysOf<watch::SaidLog> {
  static auto& shorthand(auto& s) { return s.path; }
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"path", "an access or error log; followed when it is rotated", Need::required}, s.path);
    visit(Key{"node", "what to call the host that writes it; none said: the path"}, s.node);
    visit(Key{"format", "as `astray explain --log-format` takes it; none said: it is recognised"}, s.format);
  }
};

template <>
struct KeysOf<watch::SaidClientCertificate> {
  static auto& shorthand(auto& s) { return s.certificate; }
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"certificate", "PEM", Need::required}, s.certificate);
    visit(Key{"key", "none said: it is in the file of the certificate"}, s.key);
    visit(Key{"authorities", "the CA that issued it, so that configurations can be held against what it gets"},
          s.authorities);
  }
};

template <>
struct KeysOf<watch::SaidQuestions> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"axes", "`polite` asks what is needed to tell; `full` asks every combination"}, s.axes);
    visit(Key{"alpn", "what is offered in ALPN", Need::filled}, s.alpn);
    visit(Key{"connections", "`reused`: opened for another name, as by a client that coalesces", Need::filled},
          s.connections);
    visit(Key{"client_certificates", "everything is asked once more with each"}, s.client_certificates);
    visit(Key{"authorities", "whom certificates are judged by"}, s.authorities);
    visit(Key{"tls_min", "the lowest TLS version to offer"}, s.tls_min);
    visit(Key{"tls_max", "the highest"}, s.tls_max);
    visit(Key{"owner_field", "a response field that says which virtual host answered"}, s.owner_field);
    visit(Key{.name = "timeout", .text = "of one cell", .least = 10, .most = hour}, s.timeout);
    visit(Key{.name = "body_limit", .text = "how much of a body is read", .most = 64 << 20}, s.body_limit);
  }
};

template <>
struct KeysOf<watch::SaidPace> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{.name = "interval", .text = "from the beginning of one round to that of the next", .least = 1000, .most = day},
          s.interval);
    visit(Key{"jitter", "of the interval: each round begins up to so much later"}, s.jitter);
    visit(Key{.name = "cells_per_round",
              .text = "questions of one round; the rest of the matrix takes its turn in later ones",
              .least = 1,
              .most = 1'000'000},
          s.cells_per_round);
    visit(Key{.name = "connections_per_second", .text = "new ones to one node; 0: no limit", .most = 1'000'000},
          s.connections_per_second);
    visit(Key{.name = "connections_per_node", .text = "at a time", .least = 1, .most = 1000}, s.connections_per_node);
    visit(Key{.name = "connections", .text = "at a time over all nodes", .least = 1, .most = 100'000}, s.connections);
  }
};

template <>
struct KeysOf<watch::SaidAlerts> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{.name = "for", .text = "how long a problem must last before it is told; 0ms: until it is confirmed", .most = 30 * day},
          s.hold);
    visit(Key{.name = "settle", .text = "a change that lasts so long is the new normal", .least = 60'000, .most = 366 * day},
          s.settle);
    visit(Key{.name = "certificate_expiring", .text = "told so long before a certificate ends", .most = 366 * day},
          s.certificate_expiring);
    visit(Key{.name = "refusals_at_least", .text = "421s of a pair in one round, in the logs, that may count as rising", .least = 1},
          s.refusals_at_least);
    visit(Key{.name = "refusals_times", .text = "… and do from so many times their mean of the last hour", .least = 1, .most = 1000},
          s.refusals_times);
  }
};

template <>
struct KeysOf<watch::SaidSettings> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"targets", "what is watched: every address of a name is a node"}, s.targets);
    visit(Key{"target_files", "more targets, one a line; `#` begins a comment"}, s.target_files);
    visit(Key{"nodes", "addresses that are asked for every target instead of its own"}, s.nodes);
    visit(Key{"configurations", "what the nodes' answers are held against; without targets, what they name is watched"},
          s.configurations);
    visit(Key{"logs", "whose 421s are counted"}, s.logs);
    visit(Key{"dns_servers", "asked instead of the machine's"}, s.dns_servers);
    visit(Key{"clients", "whose coalescing is foretold; none said: every client that coalesces, and curl"}, s.clients);
    visit(Key{"questions", "what is asked, and how"}, s.questions);
    visit(Key{"pace", "when and how much"}, s.pace);
    visit(Key{"alerts", "when people are told"}, s.alerts);
    visit(Key{"store", "what is remembered; none said: nothing outlasts the program"}, s.store);
    visit(Key{"page", "page and metrics"}, s.page);
    visit(Key{"webhooks", "who gets each event"}, s.webhooks);
    visit(Key{"alertmanagers", "who gets what is wrong now"}, s.alertmanagers);
    visit(Key{"clickhouse", "who gets every cell and event"}, s.clickhouse);
    visit(Key{"nats", "where agents share the work"}, s.nats);
  }
};

}  // namespace astray::gateway
