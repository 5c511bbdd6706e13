#pragma once
// An entry point made ready to be asked: which TLS options an SNI gets, and which router takes a request
// (pkg/server/aggregator.go, pkg/server/router/tcp/, pkg/muxer/).
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "servers/traefik/parts.h"

namespace astray::traefik {

/// How SNI and Host are compared, by release.
struct CheckForm {
  explicit CheckForm(const Version& version);
  bool by_router;        ///< the options of the handshake with those of the router; before, options by name of both names
  bool before_models;    ///< 3.7.2 and its likes: routers with the TLS settings of their entry point have no options
  bool lost_with_limits; ///< up to 3.7.3: with limits of keep-alive the handshake's options are forgotten
  bool per_entry_point;  ///< conflicts count within one entry point
};

/// Routers of one entry point, over TLS or in clear, in the order that they are asked.
class RouteOrder {
 public:
  RouteOrder(const Parts& parts, std::string_view entry_point, bool over_tls);

  struct Found {
    enum class Outcome : uint8_t { found, none, unknowable } outcome = Outcome::none;
    const Router* router = nullptr;  ///< of `unknowable` too: the first that certainly would, or else could
  };
  Found find(const Asked& asked, const Expressions& expressions) const;
  /// All that could take a request for the name, whatever its path.
  std::vector<const Router*> possible(const std::string& name, const Expressions& expressions) const;
  const std::vector<const Router*>& routers() const { return routers_; }

 private:
  std::vector<size_t> candidates(const std::string& name) const;

  std::vector<const Router*> routers_{};  ///< those that take requests, by falling priority
  std::unordered_map<std::string, std::vector<size_t>> by_host_{};  ///< that take no other hosts
  std::vector<size_t> open_{};
};

class EntryTables {
 public:
  /// Borrows `parts`.
  EntryTables(const Parts& parts, size_t entry_point, const Version& version);

  const EntryPoint& point() const { return point_; }
  const RouteOrder& over_tls() const { return over_tls_; }
  const RouteOrder& in_clear() const { return in_clear_; }
  const Expressions& expressions() const { return expressions_; }
  const CheckForm& form() const { return form_; }

  struct Arrival {
    enum class Kind : uint8_t { http, tcp, closed, unknowable } kind = Kind::http;
    std::string_view options = "default";  ///< name of the TLS options
    bool by_name = false;                  ///< a Host or HostSNI took the SNI
    const TcpRouter* tcp = nullptr;
    SourceSpan span{};
  };
  /// A TLS connection; the SNI is lower case, "" without one.
  Arrival arrive(const std::string& sni, std::vector<std::string_view> alpn) const;

  /// What the check after routing compares with the handshake's; absent: nobody can tell.
  std::optional<std::string_view> options_of(const Router& router) const;
  /// Up to 2.11.46, 3.6.17 and 3.7.1: the options that a name stands for. A Host may end with a dot, an SNI may not.
  std::string_view options_by_name(std::string_view name, bool is_host) const;

  bool has_tls() const { return has_tls_; }
  /// Conflicts, without virtual hosts.
  std::vector<Ambiguity> ambiguities() const;

 private:
  /// Of one Host: the options of its routers as configured, and as they are resolved.
  struct HostOptions {
    std::set<std::string, std::less<>> configured{}, resolved{};
    SourceSpan span{};
  };
  struct SniFound {
    enum class Outcome : uint8_t { none, found, catch_all, unknowable } outcome = Outcome::none;
    std::string_view options{};
    SourceSpan span{};
  };
  void collect_hosts(const Parts& parts);
  void resolve(const Parts& parts);
  SniFound options_by_sni(const std::string& sni) const;
  std::optional<std::string_view> one_of(const HostOptions& host) const;
  bool is_usable(std::string_view options) const;

  const Parts& parts_;
  const EntryPoint& point_;
  CheckForm form_;
  bool wildcards_;
  Expressions expressions_{};
  RouteOrder over_tls_, in_clear_;
  std::vector<const TcpRouter*> tcp_{};  ///< with TLS, by falling priority
  std::unordered_map<std::string, HostOptions> hosts_{};  ///< by SNI: without the dot at the end
  std::unordered_map<const Router*, std::optional<std::string>> resolved_{};
  bool has_tls_ = false;
  bool has_unknown_hosts_ = false;
};

/// Whether a router belongs to an entry point.
bool is_on(const std::vector<std::string>& entry_points, std::string_view name);

}  // namespace astray::traefik
