#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/monotonic_time.h"
#include "base/result.h"

namespace astray::tls {

/// In the order of the file's 80 bytes. Wiped at the end, so never copied.
struct TicketKey {
  std::array<unsigned char, 16> name{};  ///< stands in clear in the ticket
  std::array<unsigned char, 32> mac_key{};
  std::array<unsigned char, 32> cipher_key{};
  MonotonicTime made{};  ///< of random ones

  TicketKey() = default;
  TicketKey(const TicketKey&) = delete;
  TicketKey& operator=(const TicketKey&) = delete;
  ~TicketKey();
};

/// Immutable once made. The first key seals.
struct TicketKeySet {
  std::vector<std::shared_ptr<const TicketKey>> keys;
};

/// nullptr when the system has no randomness.
std::shared_ptr<const TicketKey> random_ticket_key(MonotonicTime now);
/// See TicketKeys.
Result<std::shared_ptr<const TicketKeySet>> read_ticket_key_file(const std::string& path);

}  // namespace astray::tls
