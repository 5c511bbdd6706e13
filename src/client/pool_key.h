#pragma once
#include <algorithm>
#include <array>
#include <string_view>

#include "client/connection.h"

namespace astray::client {

/// What connections are kept under, an origin and an identity, as bytes that are equal where both are:
/// looking it up copies no Origin, and comparing is one piece of memory.
class PoolKeyBytes {
 public:
  PoolKeyBytes(const Origin& origin, IdentityId identity) {
    append(identity);
    append(origin.port.number());
    append(static_cast<uint8_t>(origin.scheme));
    // An address has 4 or 16 bytes of any value: the first byte keeps it apart from a name.
    append(static_cast<uint8_t>(origin.host.name() != nullptr ? 1 : 0));
    const std::string_view host =
        origin.host.name() != nullptr ? origin.host.name()->text() : origin.host.address()->bytes();
    std::copy(host.begin(), host.end(), bytes_.begin() + size_);
    size_ += static_cast<uint32_t>(host.size());
  }
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  template <typename Number>
  void append(Number number) {
    for (size_t i = 0; i < sizeof number; ++i)
      bytes_[size_++] = static_cast<char>(static_cast<uint64_t>(number) >> (8 * i));
  }

  static constexpr size_t most_host_bytes = 253;
  std::array<char, most_host_bytes + 8> bytes_;
  uint32_t size_ = 0;
};

}  // namespace astray::client
