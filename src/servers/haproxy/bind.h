#pragma once
// `bind` lines: addresses, and which certificate and demands a connection meets there by its SNI.
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "servers/haproxy/reading.h"
#include "servers/haproxy/sections.h"
#include "servers/model/deployment.h"

namespace astray::haproxy {

enum class ContextId : uint32_t { none = UINT32_MAX };

/// One certificate with its demands: of a `crt`, of a line of a crt-list, or one of a bundle's (ckch_inst).
struct TlsContext {
  TlsSettings tls;                  ///< as a connection meets them whose SNI chose the context
  std::string alpn;                 ///< as written, "" for none
  SourceSpan span;
  std::vector<NamedPattern> names;  ///< exact or leading_wildcard (of one label), from filters or the certificate
  std::vector<std::string> excluded;  ///< negative filters
  bool names_known = true;          ///< false: the certificate could not be read, and no filter says
  size_t bundle = 0;                ///< the index of the first context of its bundle; its own outside of one
  bool is_default = false;          ///< from 3.0 on: default-crt, the filter `*`, or the first of its bind line
  bool verify_errors_ignored = false;  ///< crt-ignore-err, ca-ignore-err: a bad certificate passes

  bool speaks_h2() const;
  bool speaks_h1() const;
  /// Null where it could not be read.
  const Certificate* certificate() const { return tls.certificates.front().certificate.get(); }
};

struct Bind {
  SourceSpan span;
  std::vector<ListenAddress> addresses;
  bool addresses_known = true;
  bool ssl = false;
  bool quic = false;
  bool proxy_protocol = false;
  bool strict_sni = false;
  bool certificates_known = true;   ///< false: a list or folder could not be read
  std::string alpn;                 ///< of the line
  uint8_t versions = 0;             ///< of the line: what a connection meets before a context is chosen
  bool has_proto_h2 = false;        ///< `proto h2`
  std::vector<TlsContext> contexts;

  struct Choice {
    ContextId context = ContextId::none;
    bool by_name = false;   ///< not by default
    bool known = true;      ///< false: a certificate whose names nobody knows might take it
  };
  /// `sni` in lower case; "" for none (ssl_sock_switchctx_cbk). For a client that takes ECDSA and RSA: a wildcard of an
  /// ECDSA certificate comes before the exact name of an RSA one.
  Choice choose(std::string_view sni) const;
  /// Once all contexts stand.
  void index();

  /// Before 3.0 the first that is declared; from then on those among which kinds of keys decide.
  std::vector<ContextId> defaults;
  /// From 3.0 on the versions of a crt-list's line also hold for who gets it by default; before, the bind line's.
  bool default_keeps_versions = false;

 private:
  std::vector<ContextId> named(std::string_view sni) const;
  Choice preferred(const std::vector<ContextId>& candidates) const;

  std::unordered_map<std::string, std::vector<ContextId>> exact_, wildcard_;
  bool has_unknown_names_ = false;
};

/// `http`: of the proxy's mode, which decides the ALPN that stands without `alpn` from 2.8 on.
Bind read_bind(const Line& line, bool http, Reading& reading);

/// The addresses of "[proto@]addr:port[-port][,…]"; problems are told. `known` becomes false where a variable
/// or descriptor decides.
std::vector<ListenAddress> read_addresses(const Word& word, SourceSpan span, bool& known, Problems& problems);

}  // namespace astray::haproxy
