#pragma once
// What a caller asks for.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/monotonic_time.h"
#include "client/field_list.h"
#include "client/redirect.h"
#include "names/server_name.h"
#include "names/url.h"

namespace astray::client {

/// Which HTTP versions may be spoken. In clear `h2_or_h1` is HTTP/1.1 and `h2_only` is HTTP/2 with prior
/// knowledge (RFC 9113 §3.3).
enum class HttpVersions : uint8_t { h2_or_h1, h1_only, h2_only };

/// Shakes hands under another name than the URL's: the SNI that is sent, and the name that the certificate
/// must cover. The Host field stays the URL's. This is how requests go astray, so it happens only where it is
/// asked for by this name; a Host field that differs from the URL is refused.
struct ConnectIdentity {
  std::optional<ServerName> server_name;  ///< nothing: no SNI is sent
  Host verified_name;
  bool operator==(const ConnectIdentity&) const = default;
};

/// A request body that is made while it is sent.
class BodySource {
 public:
  /// Who is told that a `later` is over.
  class Reader {
   public:
    virtual void body_is_ready() = 0;

   protected:
    ~Reader() = default;
  };
  struct Piece {
    enum class Kind : uint8_t {
      bytes,
      later,  ///< nothing now: the reader is told when to ask again
      end,
      failed,
    };
    Kind kind = Kind::end;
    std::string_view bytes{};  ///< valid until the next call; of `failed`: why
  };

  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;

  /// At most `most` bytes, which is not 0.
  virtual Piece read(size_t most) = 0;
  /// Back to the first byte, to be sent again. False: it cannot be done.
  virtual bool rewind() = 0;
  /// Whether rewind() will do.
  virtual bool is_replayable() const = 0;
  /// Bytes; nothing: not known, so chunked in HTTP/1.1.
  virtual std::optional<uint64_t> length() const = 0;
  /// Replaces the one before; null: nobody.
  virtual void set_reader(Reader* reader) = 0;
};

/// None, bytes, or a source.
using Body = std::variant<std::monostate, std::string, std::shared_ptr<BodySource>>;

/// How long each phase may take; the total goes over all of them, retries and redirects included.
struct Timeouts {
  Duration resolve = std::chrono::seconds(10);
  Duration connect = std::chrono::seconds(30);  ///< all addresses together
  Duration handshake = std::chrono::seconds(15);
  Duration head = std::chrono::seconds(300);  ///< from the request's last byte to the head's
  Duration idle = std::chrono::seconds(300);  ///< without a byte of either body
  std::optional<Duration> total;
};

/// Whether Content-Encoding is asked for and undone.
enum class Decoding : uint8_t { as_sent, decoded };

/// What the fields of a request may not say: Host other than the URL's authority, lengths other than the
/// body's, and what RFC 9113 §8.2.2 forbids. User-Agent and Accept are added where they are absent.
struct Request {
  std::string method = "GET";
  Url url;
  FieldList fields{};
  Body body{};
  /// Behind a body of unknown length.
  FieldList trailers{};
  std::optional<ConnectIdentity> identity{};
  HttpVersions versions = HttpVersions::h2_or_h1;
  Timeouts timeouts{};
  RedirectPolicy redirects{.limit = 0};  ///< 0: a redirect is a response like any other
  Decoding decoding = Decoding::as_sent;
  uint64_t most_body_bytes = UINT64_MAX;  ///< of the response, decoded
};

}  // namespace astray::client
