#pragma once
// What a source tells. A *sighting* is one request as one hop saw it: a line of an access log, a sentence of
// an error log, a pasted response, an exchange in a capture.
#include <cstdint>
#include <optional>

#include "explain/logs/log_server.h"
#include "explain/story/fact.h"
#include "names/port.h"
#include "verdict/connection_facts.h"
#include "verdict/hop_fingerprint.h"

namespace astray::explain {

/// How a sighting came to be.
enum class Witnessed : uint8_t {
  access,    ///< a request that ended
  error,     ///< a sentence that says why one was refused; the access log has the same request
  response,  ///< a response that somebody pasted
  other_protocol,  ///< a 421 of FTP or SMTP
  capture,   ///< an exchange as the client recorded it
};

/// Sentences of error logs, each stated in error_sentence.cc with where it was read.
enum class ErrorSentence : uint8_t {
  none,
  nginx_other_name,         ///< the SNI's and the Host's servers differ and the latter verifies clients
  nginx_protocol_disabled,  ///< HTTP/2 or HTTP/3 is off there
  httpd_no_host,            ///< AH02031: an SNI and no Host
  httpd_incompatible,       ///< AH02032 with the SNI that came
  httpd_incompatible_no_sni,///< AH02032 of a connection without SNI
  httpd_sni_required,       ///< AH02033: SSLStrictSNIVHostCheck
  httpd_h2_refused,         ///< AH03367 with status 421
  caddy_strict_host,        ///< strict_sni_host
  traefik_options_differ,   ///< the TLS options of SNI and Host differ
  trafficserver_sni_host,   ///< host_sni_policy
};

/// Times are microseconds since 1970-01-01T00:00:00Z. Texts are borrowed until the witness returns.
struct Sighting {
  uint32_t file = 0;  ///< which of the sources
  uint64_t line = 0;  ///< counted from 1
  LogServer server = LogServer::unknown;
  Witnessed kind = Witnessed::access;
  ErrorSentence sentence = ErrorSentence::none;
  std::optional<int64_t> time{};

  Fact connection{};             ///< the log's own number for it
  uint32_t request_number = 0;   ///< on its connection, from 1; 0: not known
  Fact client{};                 ///< address
  Fact client_port{};
  std::optional<Protocol> protocol{};
  std::optional<Scheme> scheme{};
  Fact sni{};
  Fact authority{};
  Fact certificate{};            ///< names of the certificate that was shown, separated by commas
  Fact virtual_host{};           ///< that answered the request
  Fact handshake_virtual_host{}; ///< that answered the handshake
  Fact method{};
  Fact path{};
  Fact agent{};
  int status = 0;                ///< 0: none
  Fact reason{};                 ///< astray's own (verdict/reason.h)
  Fact details{};                ///< Envoy's response flags, HAProxy's termination state
  Fact back{};                   ///< address or name of the server behind
  int back_status = 0;           ///< 0: none, or not logged
  std::optional<bool> back_reused{};
  HopSoftware written_by = HopSoftware::none;  ///< of a response: whose page it is
  // Of captures.
  Fact exchange{};      ///< the client's own number for the request; a retry has the same
  Fact rung{};          ///< reason (verdict/reason.h) by which the client put it on this connection
  Fact server_field{};  ///< Server of the response: a proxy in front may have written it
  std::optional<bool> client_certificate_asked{};  ///< by the server, in the connection's handshake
};

}  // namespace astray::explain
