#include "names/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/check.h"
#include "naive_names.h"

using namespace astray;

namespace {

using Bytes = std::optional<std::string>;

/// RFC 3986 §3.2.2 dec-octet, four times.
Bytes naive_v4(std::string_view text) {
  std::vector<std::string> octets = naive::labels_of(text);
  if (octets.size() != 4) return std::nullopt;
  std::string bytes;
  for (const std::string& octet : octets) {
    if (octet.empty() || octet.size() > 3 || !naive::consists_of(octet, "0123456789")) return std::nullopt;
    if (octet.size() > 1 && octet[0] == '0') return std::nullopt;
    if (std::stoi(octet) > 255) return std::nullopt;
    bytes += static_cast<char>(std::stoi(octet));
  }
  return bytes;
}

/// Groups of one side of "::"; "" is no group.
Bytes naive_groups(std::string_view text, bool& dotted_at_end) {
  if (text.empty()) return "";
  std::string bytes;
  for (;;) {
    size_t colon = text.find(':');
    std::string group(text.substr(0, colon));
    if (colon == std::string_view::npos && group.find('.') != std::string::npos) {
      dotted_at_end = true;
      Bytes quad = naive_v4(group);
      if (!quad) return std::nullopt;
      return bytes + *quad;
    }
    if (group.empty() || group.size() > 4) return std::nullopt;
    if (!naive::consists_of(group, "0123456789abcdefABCDEF")) return std::nullopt;
    int value = std::stoi(group, nullptr, 16);
    bytes += static_cast<char>(value >> 8);
    bytes += static_cast<char>(value & 255);
    if (colon == std::string_view::npos) return bytes;
    text.remove_prefix(colon + 1);
  }
}

/// RFC 4291 §2.2.
Bytes naive_v6(std::string_view text) {
  bool left_dotted = false, right_dotted = false;
  size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    Bytes all = naive_groups(text, right_dotted);
    return all && all->size() == 16 ? all : std::nullopt;
  }
  Bytes left = naive_groups(text.substr(0, gap), left_dotted);
  Bytes right = naive_groups(text.substr(gap + 2), right_dotted);
  if (!left || !right || left_dotted || left->size() + right->size() > 14) return std::nullopt;
  return *left + std::string(16 - left->size() - right->size(), '\0') + *right;
}

void check_value(const IpAddress& address) {
  std::string text = address.text();
  CHECK(IpAddress::parse(text) == address);
  CHECK(naive::lower(text) == text);

  bool v4 = address.family() == IpFamily::v4;
  char system_text[INET6_ADDRSTRLEN];
  CHECK(inet_ntop(v4 ? AF_INET : AF_INET6, address.bytes().data(), system_text, sizeof system_text) !=
        nullptr);
  // The C library prints the deprecated "IPv4-compatible" block dotted; RFC 5952 §5 speaks of known prefixes
  // alone.
  bool compatible_block = !v4 && address.bytes().substr(0, 12) == std::string(12, '\0');
  if (!compatible_block) CHECK(text == system_text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = naive::text_of(data, size);
  Bytes expected = text.find(':') == std::string_view::npos ? naive_v4(text) : naive_v6(text);
  auto address = IpAddress::parse(text);
  CHECK(address.has_value() == expected.has_value());
  CHECK(IpAddress::parse(naive::swap_case(text)) == address);
  if (address) {
    CHECK(address->bytes() == *expected);
    check_value(*address);
  } else {
    bool zoned = text.find('%') != std::string_view::npos && naive_v6(text.substr(0, text.find('%')));
    CHECK((address.error() == IpAddress::Error::has_zone) == zoned);
  }

  // The bytes as an address, so that printing sees more than what the parser lets through.
  if (size >= 16) {
    std::array<uint8_t, 16> bytes;
    std::copy(data, data + 16, bytes.begin());
    check_value(IpAddress::v6(bytes));
    check_value(IpAddress::v4({data[0], data[1], data[2], data[3]}));
  }
  return 0;
}
