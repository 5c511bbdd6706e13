#pragma once
// frontend, backend and listen sections with what they inherit from defaults.
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "servers/haproxy/bind.h"
#include "servers/haproxy/rules.h"
#include "servers/haproxy/server_line.h"
#include "servers/haproxy/switch_runs.h"

namespace astray::haproxy {

enum class ProxyId : uint32_t { none = UINT32_MAX };

/// What a proxy has, and what it takes over from a `defaults` section.
struct Proxy {
  std::string name;
  SourceSpan span;
  bool takes_requests = false;  ///< frontend, listen
  bool has_servers = false;     ///< backend, listen: others may lead here
  bool complete = true;         ///< false: lines that nobody can decide were left out
  bool http = true;             ///< `mode http`; HAProxy's default is tcp
  bool disabled = false;
  NamedAcls acls;
  std::vector<Rule> tcp_rules, http_rules, redirects;  ///< in the order in which HAProxy asks them
  std::vector<Rule> response_rules;    ///< http-response rules that may put another answer in a back's place
  std::vector<UseBackend> use_backend;
  std::vector<SwitchRun> runs;         ///< of use_backend, once all stand
  std::optional<std::string> default_backend;
  SourceSpan default_backend_span;
  bool default_backend_known = true;
  std::vector<Bind> binds;
  ServerLine server_defaults;
  std::vector<ServerLine> servers;
  Setting<std::string> reuse;          ///< http-reuse
  Setting<bool> keeps_alive;           ///< off: option httpclose, http-server-close
  std::map<int, int> error_statuses;   ///< status → what errorfile or errorloc sends instead; 0: unknown
  std::optional<AccessLog> log;
  bool logs = false;
};

struct Proxies {
  std::deque<Proxy> all;
  std::unordered_map<std::string, ProxyId> backends;  ///< by name: backend and listen

  const Proxy& at(ProxyId id) const { return all[static_cast<size_t>(id)]; }
  ProxyId backend(const std::string& name) const {
    const auto found = backends.find(name);
    return found == backends.end() ? ProxyId::none : found->second;
  }
};

/// `global` first into `reading`, then every proxy.
Proxies read_proxies(const std::vector<Section>& sections, Reading& reading);

}  // namespace astray::haproxy
