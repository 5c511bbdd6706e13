#include "names/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace astray {
namespace {

constexpr size_t longest_v6_text = 45;  // "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"

/// inet_pton is strict: four decimal numbers without leading zeros for v4, RFC 4291 §2.2 for v6.
bool convert(int family, std::string_view text, uint8_t* bytes) {
  if (text.empty() || text.size() > longest_v6_text || text.find('\0') != std::string_view::npos)
    return false;
  char terminated[longest_v6_text + 1];
  *std::copy(text.begin(), text.end(), terminated) = '\0';
  return inet_pton(family, terminated, bytes) == 1;
}

void append_number(std::string& text, unsigned number, int base) {
  char digits[8];
  auto end = std::to_chars(digits, digits + sizeof digits, number, base).ptr;
  text.append(digits, end);
}

void append_dotted(std::string& text, const uint8_t* bytes) {
  for (int i = 0; i < 4; ++i) {
    if (i != 0) text += '.';
    append_number(text, bytes[i], 10);
  }
}

struct ZeroRun {
  int start = -1;
  int length = 0;
};

/// RFC 5952 §4.2: the longest run of zero groups, the first of equals, never a single group.
ZeroRun longest_zero_run(const std::array<unsigned, 8>& groups) {
  ZeroRun best, run;
  for (int i = 0; i < 8; ++i) {
    if (groups[static_cast<size_t>(i)] != 0) {
      run = {};
      continue;
    }
    if (run.length++ == 0) run.start = i;
    if (run.length > best.length) best = run;
  }
  return best.length > 1 ? best : ZeroRun{};
}

std::string v6_text(const uint8_t* bytes) {
  constexpr std::array<uint8_t, 12> mapped_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::string text;
  if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes)) {
    text = "::ffff:";  // RFC 5952 §5
    append_dotted(text, bytes + mapped_prefix.size());
    return text;
  }
  std::array<unsigned, 8> groups{};
  for (size_t i = 0; i < groups.size(); ++i)
    groups[i] = static_cast<unsigned>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  ZeroRun zeros = longest_zero_run(groups);
  for (int i = 0; i < 8; ++i) {
    if (i == zeros.start) {
      text += "::";
      i += zeros.length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    append_number(text, groups[static_cast<size_t>(i)], 16);
  }
  return text;
}

}  // namespace

Result<IpAddress, IpAddress::Error> IpAddress::parse(std::string_view text) {
  IpAddress address;
  if (convert(AF_INET, text, address.bytes_.data())) return address;

  address.bytes_ = {};
  address.family_ = IpFamily::v6;
  size_t zone = text.find('%');
  if (convert(AF_INET6, text.substr(0, zone), address.bytes_.data())) {
    if (zone == std::string_view::npos) return address;
    return Failure<Error>(Error::has_zone);
  }
  return Failure<Error>(Error::malformed);
}

IpAddress IpAddress::v4(std::array<uint8_t, 4> bytes) {
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

IpAddress IpAddress::v6(std::array<uint8_t, 16> bytes) {
  IpAddress address;
  address.family_ = IpFamily::v6;
  address.bytes_ = bytes;
  return address;
}

bool IpAddress::is_unspecified() const {
  return std::all_of(bytes_.begin(), bytes_.end(), [](uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_loopback() const {
  if (family_ == IpFamily::v4) return bytes_[0] == 127;
  return bytes_.back() == 1 &&
         std::all_of(bytes_.begin(), bytes_.end() - 1, [](uint8_t byte) { return byte == 0; });
}

std::string_view IpAddress::bytes() const {
  return {reinterpret_cast<const char*>(bytes_.data()), family_ == IpFamily::v4 ? size_t{4} : size_t{16}};
}

std::string IpAddress::text() const {
  if (family_ == IpFamily::v6) return v6_text(bytes_.data());
  std::string text;
  append_dotted(text, bytes_.data());
  return text;
}

}  // namespace astray
