#pragma once
#include "gateway/configuration/route_fields.h"
#include "gateway/configuration/virtual_host_settings.h"

namespace astray::gateway {

template <>
struct KeysOf<CertificateFiles> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"certificate", "PEM, the chain behind the certificate", Need::required}, s.certificate);
    visit(Key{"key", "PEM, its private key", Need::required}, s.key);
    visit(Key{"staple", "an OCSP response for it, DER"}, s.staple);
  }
};

template <>
struct KeysOf<ClientAuthenticationSettings> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"mode", "whether clients are asked for a certificate, and whether they must have one"}, s.mode);
    visit(Key{"authorities", "PEM, whose certificates are good; required unless the mode is none"},
          s.authorities);
    visit(Key{.name = "depth", .text = "intermediate certificates at most", .most = 16}, s.depth);
  }
};

template <>
struct KeysOf<TlsPolicySettings> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"minimum", "version"}, s.minimum);
    visit(Key{"maximum", "version"}, s.maximum);
    visit(Key{"ciphers",
              "OpenSSL's names, of any version; none said: OpenSSL's usual ones, AES-128-GCM first, or ChaCha20 for a "
              "client that prefers it"},
          s.ciphers);
  }
};

template <>
struct KeysOf<VirtualHostSettings> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"names", "names that it claims: exact, \"*.suffix\" for everything below, IP addresses",
              Need::required},
          s.names);
    visit(Key{"listeners", "labels of `listeners`; none said: all with TLS"}, s.listeners);
    visit(Key{"certificates", "one of each kind of key (RSA, ECDSA); with TLS at least one"}, s.certificates);
    visit(Key{"client_authentication", "certificates of clients"}, s.client_authentication);
    visit(Key{"tls", "versions and cipher suites"}, s.tls);
    visit(Key{"protocols", "HTTP versions, the preferred first", Need::filled}, s.protocols);
    visit(Key{"unowned", "what a name gets on its connections that nobody owns"}, s.unowned);
    visit(
        Key{"coalesce", "which other names its connections may carry, where certificate and policy allow it"},
        s.coalesce);
    visit(
        Key{"certificate_need_not_cover_names",
            "for laboratories alone: the promise of a 421, that a new connection would do, is then not kept"},
        s.certificate_need_not_cover_names);
    visit(Key{"routes", "the first that matches; none does: 404", Need::required}, s.routes);
  }
};

}  // namespace astray::gateway
