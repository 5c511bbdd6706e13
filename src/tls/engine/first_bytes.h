#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace astray::tls {

/// Is it TLS at all? Decides by the peer's first two bytes, before OpenSSL sees any, and keeps what another
/// protocol began with. The decision and what is kept do not depend on how the bytes were cut.
class FirstBytes {
 public:
  enum class Decision : uint8_t { undecided, tls, other };
  enum class End : uint8_t { open, reached };

  void receive(std::string_view bytes);
  void receive_end() { end_ = End::reached; }

  Decision decision() const { return decision_; }
  /// Another protocol: is as much here as will be told? A line, a header's worth of binary, 64 bytes, or the
  /// end.
  bool complete() const { return beginning_size() != std::string_view::npos; }
  /// What to tell: without the line feed.
  std::string_view beginning() const;
  /// Everything so far, up to 64 bytes.
  std::string_view kept() const { return kept_; }

 private:
  size_t beginning_size() const;
  std::string kept_;
  Decision decision_ = Decision::undecided;
  End end_ = End::open;
};

}  // namespace astray::tls
