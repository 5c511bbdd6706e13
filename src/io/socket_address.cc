#include "io/socket_address.h"

#include <array>
#include <cstring>

namespace astray {
namespace {

template <typename Address>
Address copy_as(const void* storage) {
  Address address{};
  std::memcpy(&address, storage, sizeof address);
  return address;
}

template <size_t Size>
std::array<uint8_t, Size> bytes_of(const void* bytes) {
  std::array<uint8_t, Size> copy;
  std::memcpy(copy.data(), bytes, Size);
  return copy;
}

}  // namespace

SocketAddress::SocketAddress(const Endpoint& endpoint) {
  std::string_view bytes = endpoint.address.bytes();
  if (endpoint.address.family() == IpFamily::v4) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port.number());
    std::memcpy(&address.sin_addr, bytes.data(), bytes.size());
    size_ = sizeof address;
    std::memcpy(&storage_, &address, sizeof address);
    return;
  }
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(endpoint.port.number());
  std::memcpy(&address.sin6_addr, bytes.data(), bytes.size());
  size_ = sizeof address;
  std::memcpy(&storage_, &address, sizeof address);
}

Endpoint SocketAddress::endpoint() const {
  if (family() == AF_INET6) {
    auto address = copy_as<sockaddr_in6>(&storage_);
    return {IpAddress::v6(bytes_of<16>(&address.sin6_addr)), Port(ntohs(address.sin6_port))};
  }
  auto address = copy_as<sockaddr_in>(&storage_);
  if (family() != AF_INET) address = {};
  return {IpAddress::v4(bytes_of<4>(&address.sin_addr)), Port(ntohs(address.sin_port))};
}

std::optional<IpAddress> ip_address_of(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;
  if (address->sa_family == AF_INET) {
    auto v4 = copy_as<sockaddr_in>(address);
    return IpAddress::v4(bytes_of<4>(&v4.sin_addr));
  }
  if (address->sa_family == AF_INET6) {
    auto v6 = copy_as<sockaddr_in6>(address);
    return IpAddress::v6(bytes_of<16>(&v6.sin6_addr));
  }
  return std::nullopt;
}

}  // namespace astray
