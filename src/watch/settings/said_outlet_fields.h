#pragma once
// The keys of what the watcher tells, and where it keeps it.
#include "gateway/configuration/fields.h"
#include "watch/settings/said_settings.h"

namespace astray::gateway {

template <>
struct KeysOf<watch::SaidStore> {
  static auto& shorthand(auto& s) { return s.path; }
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"path", "a file (SQLite); made where there is none", Need::required}, s.path);
    visit(Key{.name = "keep", .text = "what ended longer ago is forgotten", .least = hour, .most = 3660 * day}, s.keep);
  }
};

template <>
struct KeysOf<watch::SaidPage> {
  static constexpr std::string_view word = "off";
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"address", "where the page listens; nobody is asked who they are, so keep it on loopback or say who may reach it"},
          s.address);
    visit(Key{"token", "a file with the token that changes need; none said: the page only shows"}, s.token);
    visit(Key{"names", "under which the page answers beside loopback's: of a proxy in front, say; others get 421"}, s.names);
    visit(Key{"metrics_address", "none said: /metrics is at the page's"}, s.metrics_address);
  }
};

template <>
struct KeysOf<watch::SaidWebhook> {
  static auto& shorthand(auto& s) { return s.url; }
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"url", "gets each event as JSON", Need::required}, s.url);
    visit(Key{"secret", "a file whose text signs what is sent; none said: nothing is signed"}, s.secret);
    visit(Key{.name = "timeout", .text = "of one attempt", .least = 100, .most = 300'000}, s.timeout);
  }
};

template <>
struct KeysOf<watch::SaidAlertmanager> {
  static auto& shorthand(auto& s) { return s.url; }
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"url", "such as http://127.0.0.1:9093", Need::required}, s.url);
    visit(Key{.name = "timeout", .text = "of one attempt", .least = 100, .most = 300'000}, s.timeout);
  }
};

template <>
struct KeysOf<watch::SaidClickHouse> {
  static auto& shorthand(auto& s) { return s.url; }
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"url", "such as http://127.0.0.1:8123", Need::required}, s.url);
    visit(Key{"database", "its tables are made where they are missing"}, s.database);
    visit(Key{"user", "none said: ClickHouse's default"}, s.user);
    visit(Key{"password", "a file with it"}, s.password);
  }
};

template <>
struct KeysOf<watch::SaidNats> {
  static auto& shorthand(auto& s) { return s.url; }
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"url", "with tls:// the server must show a certificate that the system trusts and that covers its name", Need::required}, s.url);
    visit(Key{"credentials", "a file of credentials"}, s.credentials);
    visit(Key{"region", "what this agent's place is called"}, s.region);
    visit(Key{"agent", "what this agent is called; none said: as the machine is"}, s.agent);
  }
};

}  // namespace astray::gateway
