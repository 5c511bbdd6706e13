#pragma once
// remap.config: which names are answered, and which backs they lead to.
// https://docs.trafficserver.apache.org/en/9.2.x/admin-guide/files/remap.config.en.html, proxy/http/remap/
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "names/port.h"
#include "servers/model/server.h"
#include "servers/nginx/regex.h"
#include "servers/trafficserver/sni.h"

namespace astray::trafficserver {

/// `reverse_map` changes Location fields alone and is not kept.
enum class RuleKind : uint8_t { map, map_with_recv_port, redirect_temporary, redirect };

/// Whether filters let a GET through, and what says so.
enum class FilterOutcome : uint8_t { allowed, denied, unknowable };

struct RemapUrl {
  std::optional<Scheme> scheme;  ///< absent: ws, wss, tunnel, file
  std::string host;              ///< of the source: lower case, or an expression
  std::optional<Port> port;      ///< as written
  std::string path;              ///< without the first slash
  std::string text;              ///< as written
};

struct RemapRule {
  RuleKind kind = RuleKind::map;
  SourceSpan span;
  bool has_regex = false;
  std::shared_ptr<const nginx::Regex> regex;  ///< null where it could not be compiled
  RemapUrl from, to;
  FilterOutcome filter = FilterOutcome::allowed;
  SourceSpan filter_span;
  std::optional<Stated<std::string>> plugin;  ///< one that may answer by itself
  std::optional<SourceSpan> strategy;         ///< @strategy, or what else chooses the back
  /// Records that conf_remap.so overrides: name and value.
  std::vector<std::pair<std::string, Stated<std::string>>> records;
  VirtualHostId virtual_host = VirtualHostId::none;

  /// Of a redirect, in HTTP/1.1 and HTTP/2.
  int redirect_status() const { return kind == RuleKind::redirect ? 301 : 307; }
  int from_port() const { return from.port.value_or(Port::of(from.scheme.value_or(Scheme::http))).number(); }
  bool is_for_any_host() const { return !has_regex && from.host.empty(); }
};

/// The rules in the order of the files; `.include` is looked for below `folder`.
std::vector<RemapRule> read_remap_config(const std::string& path, const std::string& folder, const ReadOptions& options,
                                         Deployment& deployment);

/// Which rule a request for "/" follows. Borrows the rules.
class RemapTable {
 public:
  explicit RemapTable(const std::vector<RemapRule>& rules);

  struct Request {
    Scheme scheme;
    std::string_view host;  ///< lower case
    int port;
    int local_port;         ///< where the connection arrived
  };
  enum class How : uint8_t { exact, regex, any_host };
  struct Found {
    const RemapRule* rule = nullptr;
    How how = How::exact;
    bool is_known = true;  ///< false: an expression that could not be evaluated may match
  };
  /// Maps: for the port of the listener, for the name, for any name.
  Found map(const Request& request) const;
  /// Redirects, which are asked where no map takes the request: temporary ones first.
  Found redirect(const Request& request) const;

 private:
  struct Store {
    std::unordered_map<std::string, size_t> by_key;  ///< of host, scheme and port, for the path "/"
    std::vector<size_t> expressions;
  };
  static std::string key(Scheme scheme, std::string_view host, int port);
  Found look_up(const Store& store, const Request& request, int port) const;
  const Store& store(RuleKind kind) const { return stores_[static_cast<size_t>(kind)]; }

  const std::vector<RemapRule>* rules_;
  Store stores_[4];
  std::optional<size_t> any_host_;
};

}  // namespace astray::trafficserver
