#include "tls/engine/context_settings.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "tls/engine/cipher_choice.h"
#include "tls/engine/openssl_error.h"

namespace astray::tls {
namespace {

/// What OpenSSL takes by default, in another order: its own begins with AES-256, which costs more at each byte and, by
/// its SHA-384, at each handshake, and guards no better what AES-128 guards well. BoringSSL and Go choose the same.
constexpr std::string_view usual_list =
    "ECDHE+AESGCM+AES128:ECDHE+AESGCM:ECDHE+CHACHA20:ALL:!COMPLEMENTOFDEFAULT:!eNULL";
constexpr const char* usual_suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

const char* security_level(Leniency leniency) {
  return leniency == Leniency::lenient ? ":@SECLEVEL=0" : ":@SECLEVEL=2";
}

}  // namespace

Version effective_min(Version min, Leniency leniency) {
  return leniency == Leniency::modern ? std::max(min, Version::tls1_2) : min;
}

std::optional<Error> apply_settings(SSL_CTX* context, Version min, Version max, Leniency leniency,
                                    const Limits& limits) {
  min = effective_min(min, leniency);
  if (min > max) {
    return Error{
        fmt::format("no TLS version is both at least {} and at most {}: widen the range (TLSv1 and TLSv1.1 "
                    "also take old cryptography)",
                    to_string(min), to_string(max))};
  }
  ERR_clear_error();
  bool lenient = leniency == Leniency::lenient;
  bool ok = SSL_CTX_set_min_proto_version(context, wire_number_of(min)) == 1 &&
            SSL_CTX_set_max_proto_version(context, wire_number_of(max)) == 1 &&
            SSL_CTX_set_cipher_list(context, fmt::format("DEFAULT{}", security_level(leniency)).c_str()) == 1;
  if (!ok) return Error{"OpenSSL refuses the TLS versions or ciphers: " + take_openssl_sentence()};

  SSL_CTX_clear_options(context, SSL_OP_LEGACY_SERVER_CONNECT);
  // Renegotiation: none, from either side (RFC 9113 §9.2.1 forbids it, and a flood of it is an attack).
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  if (lenient) SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_max_cert_list(context, static_cast<long>(limits.max_chain_bytes));
  return std::nullopt;
}

std::optional<Error> apply_ciphers(SSL_CTX* context, const std::vector<std::string>& names, Version min,
                                   Version max, Leniency leniency) {
  CipherChoice choice{std::string(usual_list), usual_suites};
  if (!names.empty()) {
    auto chosen = CipherChoice::of(names, effective_min(min, leniency), max);
    if (!chosen) return std::move(chosen.error());
    choice = std::move(*chosen);
    // An empty list would stand for all; its versions are not spoken then.
    if (choice.list.empty()) choice.list = usual_list;
  }
  if (SSL_CTX_set_cipher_list(context, (choice.list + security_level(leniency)).c_str()) == 1 &&
      SSL_CTX_set_ciphersuites(context, choice.suites.c_str()) == 1)
    return std::nullopt;
  return Error{"OpenSSL refuses the ciphers: " + take_openssl_sentence()};
}

}  // namespace astray::tls
