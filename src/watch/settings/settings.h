#pragma once
// watch.yaml, as it is meant: every default filled in, every value checked (settings_reader.h).
#include <optional>
#include <string>
#include <vector>

#include "base/monotonic_time.h"
#include "names/endpoint.h"
#include "probe/axes.h"
#include "probe/nodes.h"
#include "probe/prober.h"
#include "verdict/client_profile.h"

namespace astray::watch {

struct PaceSettings {
  Duration interval = std::chrono::seconds(60);  ///< from the beginning of one round to that of the next
  double jitter = 0.1;  ///< share of the interval, 0–1: each round begins up to that much later
  uint64_t cells_per_round = 10'000;  ///< the rest of the matrix takes its turn in later rounds
};

/// A configuration that nodes are held against. Read again in each round when a file of it has changed.
struct ConfigurationSettings {
  std::string path;    ///< file, folder or git checkout
  std::string server;  ///< "nginx", "httpd@2.4.66"; "" recognises it
};

/// An access or error log of a node, read on from where the last round ended.
struct LogSettings {
  std::string path;
  std::string node;    ///< what to call its host; "" is the path
  std::string format;  ///< as `astray explain --log-format`; "" recognises it
};

struct AlertSettings {
  Duration hold{};  ///< `for:`: how long a problem must last before people are told; 0: until it is confirmed
  /// A change (h2 off, client certificate asked for …) that lasts so long is the new normal.
  Duration settle = std::chrono::hours(24);
  Duration certificate_expiring = std::chrono::hours(24 * 21);
  /// 421s of a pair in a round count as rising from this many on …
  uint64_t refusals_at_least = 10;
  /// … and from this many times its mean of the last hour.
  double refusals_times = 3;
};

struct StoreSettings {
  std::string path;  ///< of the SQLite file; "": memory alone
  Duration keep = std::chrono::hours(24 * 31);
};

struct PageSettings {
  std::optional<Endpoint> listen;          ///< absent: no page, no metrics
  std::string token_file;                  ///< "" : the page is read-only and needs no token
  std::vector<Hostname> names;             ///< that lead to the page beside loopback's: a proxy's in front
  std::optional<Endpoint> metrics_listen;  ///< absent: /metrics is served beside the page
};

struct WebhookSettings {
  std::string url;
  std::string secret_file{};  ///< signs the body (HMAC-SHA-256); "" does not
  Duration timeout = std::chrono::seconds(10);
  bool operator==(const WebhookSettings&) const = default;
};
struct AlertmanagerSettings {
  std::string url;  ///< "http://127.0.0.1:9093"
  Duration timeout = std::chrono::seconds(10);
  bool operator==(const AlertmanagerSettings&) const = default;
};
struct ClickHouseSettings {
  std::string url;  ///< "http://127.0.0.1:8123"
  std::string database = "astray", user{}, password_file{};
  bool operator==(const ClickHouseSettings&) const = default;
};
struct NatsSettings {
  std::string url;  ///< "nats://127.0.0.1:4222", "tls://nats.example:4222"
  std::string credentials_file, region;
  std::string agent{};  ///< what people call this agent; "": the machine's name
  bool operator==(const NatsSettings&) const = default;
};

struct WatchSettings {
  std::string path;  ///< of watch.yaml: relative paths are below its folder
  /// `astray watch --agent`: it asks and reports to its region, shares the nodes with the agents there, and judges
  /// nothing itself.
  bool is_agent = false;
  /// Keys that were changed since the start and that only another start can follow (restart.h); said as a trouble.
  std::vector<std::string> awaiting_restart;
  std::vector<ProbeTarget> targets;
  std::vector<NodeOverride> nodes;  ///< instead of the targets' own addresses; empty: those
  std::vector<ConfigurationSettings> configurations;
  std::vector<LogSettings> logs;
  std::vector<Endpoint> dns_servers;  ///< empty: the machine's
  std::vector<const ClientProfile*> clients;
  /// For each of probe.contact's client certificates its file, and the CA that it chains to.
  std::vector<std::string> client_certificate_files;
  std::vector<ClientCertificate> client_authorities;
  Axes axes;           ///< what each pair of names is asked
  ProbeOptions probe;  ///< politeness, limits, trust
  PaceSettings pace;
  AlertSettings alerts;
  StoreSettings store;
  PageSettings page;
  std::vector<WebhookSettings> webhooks;
  std::vector<AlertmanagerSettings> alertmanagers;
  std::optional<ClickHouseSettings> clickhouse;
  std::optional<NatsSettings> nats;
};

}  // namespace astray::watch
