#include "gateway/proxy_header.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/octets.h"

namespace astray::gateway {
namespace {

using Problem = ProxyHeaderProblem;

constexpr std::string_view line_start = "PROXY ";
constexpr size_t longest_line = 107;  // with its CRLF, section 2.1
constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr size_t fixed_bytes = 16;

bool could_become(std::string_view bytes, std::string_view whole) {
  return bytes.substr(0, whole.size()) == whole.substr(0, bytes.size());
}

// --- version 1 ---

std::optional<std::string_view> take_word(std::string_view& line) {
  const size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  if (word.empty()) return std::nullopt;
  line.remove_prefix(end < line.size() ? end + 1 : end);
  return word;
}

/// Section 2.1: decimal, 0 to 65535, no leading zeros.
std::optional<uint16_t> parse_port(std::string_view digits) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (digits.size() > 1 && digits[0] == '0') return std::nullopt;
  return port;
}

ProxyHeaderReading read_line(std::string_view line, size_t size) {
  line.remove_prefix(line_start.size());
  const bool ends_in_blank = line.ends_with(' ');
  const auto protocol = take_word(line);
  if (!protocol) return Problem::malformed_line;
  // What follows is to be ignored.
  if (*protocol == "UNKNOWN") return ProxyHeaderRead{{}, size};
  if (*protocol != "TCP4" && *protocol != "TCP6") return Problem::malformed_line;
  std::array<std::optional<std::string_view>, 4> words;
  for (auto& word : words) word = take_word(line);
  if (!words.back() || !line.empty() || ends_in_blank) return Problem::malformed_line;
  const IpFamily family = *protocol == "TCP4" ? IpFamily::v4 : IpFamily::v6;
  const auto source = IpAddress::parse(*words[0]);
  const auto destination = IpAddress::parse(*words[1]);
  if (!source || !destination || source->family() != family || destination->family() != family)
    return Problem::malformed_address;
  const auto source_port = parse_port(*words[2]);
  const auto destination_port = parse_port(*words[3]);
  if (!source_port || !destination_port) return Problem::malformed_port;
  ProxyHeader header;
  header.addresses = {{*source, Port(*source_port)}, {*destination, Port(*destination_port)}};
  return ProxyHeaderRead{std::move(header), size};
}

ProxyHeaderReading read_version_1(std::string_view bytes) {
  const std::string_view start = bytes.substr(0, longest_line);
  const size_t end = start.find('\n');
  if (end == std::string_view::npos) {
    if (bytes.size() >= longest_line) return Problem::malformed_line;
    return ProxyHeaderIncomplete{};
  }
  if (start[end - 1] != '\r') return Problem::malformed_line;
  return read_line(start.substr(0, end - 1), end + 1);
}

// --- version 2 ---

std::string_view take(std::string_view& rest, size_t count) {
  const std::string_view taken = rest.substr(0, count);
  rest.remove_prefix(count);
  return taken;
}

template <size_t n>
std::array<uint8_t, n> octets(std::string_view bytes) {
  std::array<uint8_t, n> out;
  std::transform(bytes.begin(), bytes.end(), out.begin(),
                 [](char byte) { return static_cast<uint8_t>(byte); });
  return out;
}

IpAddress take_address(std::string_view& rest, IpFamily family) {
  if (family == IpFamily::v4) return IpAddress::v4(octets<4>(take(rest, 4)));
  return IpAddress::v6(octets<16>(take(rest, 16)));
}

Port take_port(std::string_view& rest) {
  return Port(static_cast<uint16_t>(read_number(take(rest, 2), 2)));
}

/// CRC-32C (RFC 3720 appendix B.4) of the header, its own field taken as zeros (section 2.2.2).
uint32_t checksum(std::string_view header, size_t field_at) {
  uint32_t crc = ~uint32_t{0};
  for (size_t i = 0; i < header.size(); ++i) {
    const bool is_own = i >= field_at && i < field_at + 4;
    crc ^= is_own ? 0 : static_cast<unsigned char>(header[i]);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc;
}

/// Section 2.2: how many bytes the addresses of a family take, of those that have any.
size_t address_bytes(unsigned family) {
  constexpr std::array<size_t, 4> bytes = {0, 12, 36, 216};  // AF_UNSPEC, AF_INET, AF_INET6, AF_UNIX
  return family < bytes.size() ? bytes[family] : 0;
}

struct Vector {
  uint8_t type;
  std::string_view value;
};

std::optional<Vector> take_vector(std::string_view& rest) {
  if (rest.size() < 3) return std::nullopt;
  const auto type = static_cast<uint8_t>(read_number(take(rest, 1), 1));
  const size_t length = read_number(take(rest, 2), 2);
  if (length > rest.size()) return std::nullopt;
  return Vector{type, take(rest, length)};
}

/// `rest`: the vectors, at the end of `whole`.
std::optional<Problem> read_vectors(std::string_view rest, std::string_view whole, ProxyHeader& header) {
  constexpr uint8_t authority = 0x02, crc32c = 0x03, ssl = 0x20;
  constexpr uint32_t client_ssl = 0x01;
  while (!rest.empty()) {
    const auto vector = take_vector(rest);
    if (!vector) return Problem::malformed_vector;
    if (vector->type == authority) {
      header.authority = std::string(vector->value);
    } else if (vector->type == crc32c) {
      if (vector->value.size() != 4) return Problem::malformed_vector;
      const auto at = static_cast<size_t>(vector->value.data() - whole.data());
      if (checksum(whole, at) != read_number(vector->value, 4)) return Problem::wrong_checksum;
    } else if (vector->type == ssl) {
      if (vector->value.size() < 5) return Problem::malformed_vector;
      header.tls = read_number(vector->value, 1) & client_ssl ? ProxiedTls::used : ProxiedTls::none;
    }
  }
  return std::nullopt;
}

ProxyHeaderReading read_version_2(std::string_view bytes) {
  constexpr unsigned local = 0, proxied = 1;
  constexpr unsigned inet = 1, inet6 = 2, stream = 1;
  if (bytes.size() < fixed_bytes) return ProxyHeaderIncomplete{};
  const uint32_t version_and_command = read_number(bytes.substr(12), 1);
  const uint32_t family_and_transport = read_number(bytes.substr(13), 1);
  const size_t size = fixed_bytes + read_number(bytes.substr(14), 2);
  if (version_and_command >> 4 != 2) return Problem::unknown_version;
  const uint32_t command = version_and_command & 15;
  if (command != local && command != proxied) return Problem::unknown_command;
  if (size > most_proxy_header_bytes) return Problem::too_long;
  if (bytes.size() < size) return ProxyHeaderIncomplete{};

  const std::string_view whole = bytes.substr(0, size);
  // "The receiver … must discard the protocol block": of LOCAL not even the vectors count.
  if (command == local) return ProxyHeaderRead{{}, size};
  ProxyHeader header;
  std::string_view rest = whole.substr(fixed_bytes);
  const unsigned family = family_and_transport >> 4;
  const size_t length = address_bytes(family);
  if (rest.size() < length) return Problem::too_short;
  std::string_view addresses = take(rest, length);
  if ((family == inet || family == inet6) && (family_and_transport & 15) == stream) {
    const IpFamily ip = family == inet ? IpFamily::v4 : IpFamily::v6;
    const IpAddress source = take_address(addresses, ip);
    const IpAddress destination = take_address(addresses, ip);
    const Port source_port = take_port(addresses);
    header.addresses = {{source, source_port}, {destination, take_port(addresses)}};
  }
  if (const auto problem = read_vectors(rest, whole, header)) return *problem;
  return ProxyHeaderRead{std::move(header), size};
}

}  // namespace

std::string_view to_string(ProxyHeaderProblem problem) {
  constexpr std::string_view ids[] = {
      "no-header",       "malformed-line", "malformed-address", "malformed-port",   "unknown-version",
      "unknown-command", "too-long",       "too-short",         "malformed-vector", "wrong-checksum"};
  return ids[static_cast<size_t>(problem)];
}

ProxyHeaderReading read_proxy_header(std::string_view bytes) {
  if (could_become(bytes, line_start))
    return bytes.size() < line_start.size() ? ProxyHeaderIncomplete{} : read_version_1(bytes);
  if (could_become(bytes, signature)) return read_version_2(bytes);
  return Problem::no_header;
}

}  // namespace astray::gateway
