#pragma once
// What a caller asks for.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "astray/body.h"
#include "astray/fields.h"

namespace astray::http {

/// Which HTTP versions may be spoken. In clear `h2_or_h1` is HTTP/1.1, and `h2_only` is HTTP/2 with prior
/// knowledge (RFC 9113 §3.3).
enum class HttpVersions : uint8_t { h2_or_h1, h1_only, h2_only };

/// Shakes hands under another name than the URL's. The Host field stays the URL's. This is how requests go
/// astray, so it happens only where it is asked for by this name: a Host field that differs from the URL is
/// refused (ErrorKind::identity_split), whatever else is asked for.
struct ConnectIdentity {
  std::optional<std::string> server_name{};  ///< the SNI; nothing: none is sent
  std::string verified_name{};               ///< that the certificate must cover; a name or an address
};

/// How long each phase may take; `total` goes over all of them, retries and redirects included.
struct Timeouts {
  std::chrono::nanoseconds resolve = std::chrono::seconds(10);
  std::chrono::nanoseconds connect = std::chrono::seconds(30);  ///< all addresses together
  std::chrono::nanoseconds handshake = std::chrono::seconds(15);
  std::chrono::nanoseconds head = std::chrono::seconds(300);  ///< from the request's last byte to the head's
  std::chrono::nanoseconds idle = std::chrono::seconds(300);  ///< without a byte of either body
  std::optional<std::chrono::nanoseconds> total{};
};

struct Redirects {
  uint32_t most = 0;  ///< 0: a redirect is a response like any other
  enum class Downgrade : uint8_t { refused, allowed };
  Downgrade https_to_http = Downgrade::refused;
};

/// Whether Content-Encoding (gzip, br, zstd) is asked for and undone.
enum class Decoding : uint8_t { as_sent, decoded };

/// `client.fetch({.url = "https://a.example/"})`. Fields may not be Host other than the URL's authority,
/// lengths other than the body's, nor what RFC 9113 §8.2.2 forbids. User-Agent and Accept are added where
/// they are absent.
struct Request {
  std::string url{};
  std::string method = "GET";
  Fields fields{};
  Body body{};
  Fields trailers{};  ///< behind a body of unknown length
  std::optional<ConnectIdentity> identity{};
  HttpVersions versions = HttpVersions::h2_or_h1;
  Timeouts timeouts{};
  Redirects redirects{};
  Decoding decoding = Decoding::as_sent;
  /// Of the response, decoded. Nothing: 64 MiB where the library collects the body (fetch()), otherwise any.
  std::optional<uint64_t> most_body_bytes{};
};

}  // namespace astray::http
