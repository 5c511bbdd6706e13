#pragma once
#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>

#include "names/endpoint.h"

namespace astray {

/// An Endpoint as the socket calls want it.
class SocketAddress {
 public:
  SocketAddress() = default;
  explicit SocketAddress(const Endpoint& endpoint);

  int family() const { return storage_.ss_family; }
  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }
  /// For calls that fill the address in: how much room there is, and after it how much was used.
  socklen_t* size_pointer() {
    size_ = sizeof storage_;
    return &size_;
  }
  /// 0.0.0.0:0 for a family that is neither IPv4 nor IPv6.
  Endpoint endpoint() const;

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

/// The address of an `ai_addr`, `ifa_addr`, …; none for another family.
std::optional<IpAddress> ip_address_of(const sockaddr* address);

}  // namespace astray
