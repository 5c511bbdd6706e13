#pragma once
// A request on its way: what is sent of it, whatever the protocol, and how far its body is.
#include <optional>
#include <string>
#include <string_view>

#include "client/request.h"

namespace astray::client {

/// What every attempt at a request sends. Outlives the attempts.
struct OutgoingHead {
  std::string method;
  Scheme scheme = Scheme::https;
  std::string authority;  ///< Host and :authority
  std::string target;     ///< path and query
  FieldList fields;       ///< neither Host nor lengths nor connection fields
  enum class Form : uint8_t { origin, absolute } form = Form::origin;  ///< absolute: in clear through a proxy
  std::string proxy_authorization;                                     ///< with it; "" for none
};

/// The body of one attempt: from its first byte to its end.
class Upload {
 public:
  /// `body` outlives it. `reader` is told when a body that had nothing has more.
  Upload(Body& body, BodySource::Reader& reader);
  ~Upload();
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  bool has_body() const { return body_.index() != 0; }
  std::optional<uint64_t> length() const;
  BodySource::Piece read(size_t most);
  bool ended() const { return ended_; }
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  Body& body_;
  size_t at_ = 0;  ///< of a body of bytes
  uint64_t bytes_read_ = 0;
  bool ended_ = false;
};

/// Whether the body can be sent from its first byte again, however far it was read.
bool is_replayable(const Body& body);
bool rewind(Body& body);

}  // namespace astray::client
