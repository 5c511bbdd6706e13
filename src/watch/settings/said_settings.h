#pragma once
// watch.yaml as it was written: said_fields.h states its keys, settings_reader.h makes settings of it.
#include <optional>
#include <vector>

#include "gateway/configuration/settings_values.h"
#include "watch/settings/said_values.h"

namespace astray::watch {

using gateway::ByteCount;
using gateway::FilePath;
using gateway::Milliseconds;
using gateway::OrWord;
using gateway::Placed;
using gateway::PlainText;

struct SaidConfiguration {
  FilePath path;
  std::optional<Placed<ServerText>> server;
};

struct SaidLog {
  FilePath path;
  std::optional<PlainText> node;
  std::optional<Placed<PlainText>> format;
};

struct SaidClientCertificate {
  Placed<FilePath> certificate;
  std::optional<Placed<FilePath>> key;
  std::optional<Placed<FilePath>> authorities;
};

struct SaidQuestions {
  AxesPreset axes = AxesPreset::polite;
  std::vector<AlpnOffer> alpn = {AlpnOffer::h1, AlpnOffer::h2};
  std::vector<ConnectionUse> connections = {ConnectionUse::fresh, ConnectionUse::reused};
  std::vector<SaidClientCertificate> client_certificates;
  Placed<AuthoritiesText> authorities{{"system"}, {}};
  Placed<tls::Version> tls_min{tls::Version::tls1_0, {}};
  Placed<tls::Version> tls_max{tls::Version::tls1_3, {}};
  std::optional<gateway::FieldName> owner_field;
  Milliseconds timeout{10'000};
  ByteCount body_limit{64 * 1024};
};

struct SaidPace {
  Milliseconds interval{60'000};
  Percentage jitter{10};
  uint32_t cells_per_round = 10'000;
  uint32_t connections_per_second = 20;
  uint32_t connections_per_node = 6;
  uint32_t connections = 1024;
};

struct SaidAlerts {
  Milliseconds hold{0};
  Milliseconds settle{24 * 3'600'000};
  Milliseconds certificate_expiring{int64_t{21} * 24 * 3'600'000};
  uint32_t refusals_at_least = 10;
  uint32_t refusals_times = 3;
};

struct SaidStore {
  FilePath path;
  Milliseconds keep{int64_t{31} * 24 * 3'600'000};
};

struct SaidPage {
  Placed<Endpoint> address{{IpAddress::v4({127, 0, 0, 1}), Port(9422)}, {}};
  std::optional<Placed<FilePath>> token;
  std::vector<NameText> names;
  std::optional<Placed<Endpoint>> metrics_address;
};

struct SaidWebhook {
  UrlText url;
  std::optional<Placed<FilePath>> secret;
  Milliseconds timeout{10'000};
};
struct SaidAlertmanager {
  UrlText url;
  Milliseconds timeout{10'000};
};
struct SaidClickHouse {
  UrlText url;
  gateway::Label database{"astray"};
  std::optional<PlainText> user;
  std::optional<Placed<FilePath>> password;
};
struct SaidNats {
  NatsUrlText url;
  std::optional<Placed<FilePath>> credentials;
  std::optional<gateway::Label> region, agent;
};

struct SaidSettings {
  std::vector<Placed<TargetText>> targets;
  std::vector<Placed<FilePath>> target_files;
  std::vector<NodeText> nodes;
  std::vector<SaidConfiguration> configurations;
  std::vector<SaidLog> logs;
  std::vector<Endpoint> dns_servers;
  std::vector<ClientText> clients;
  SaidQuestions questions;
  SaidPace pace;
  SaidAlerts alerts;
  std::optional<SaidStore> store;
  OrWord<SaidPage> page{SaidPage{}};
  std::vector<SaidWebhook> webhooks;
  std::vector<SaidAlertmanager> alertmanagers;
  std::optional<SaidClickHouse> clickhouse;
  std::optional<SaidNats> nats;
};

}  // namespace astray::watch
