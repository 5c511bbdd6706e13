#include "gateway/configuration/scalars.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "http1/characters.h"

namespace astray::gateway {
namespace {

Failure<std::string> not_expected(std::string_view why = "") {
  return Failure<std::string>(std::string(why));
}

/// Digits alone, at most nine.
std::optional<uint32_t> read_digits(std::string_view text) {
  if (text.empty() || text.size() > 9) return std::nullopt;
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <size_t N>
std::optional<uint64_t> read_with_unit(std::string_view text,
                                       const std::array<std::pair<std::string_view, uint64_t>, N>& units) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = read_digits(text.substr(0, digits));
  if (!number) return std::nullopt;
  for (const auto& [name, factor] : units)
    if (text.substr(digits) == name) return *number * factor;
  return std::nullopt;
}

constexpr std::array<std::pair<std::string_view, uint64_t>, 5> duration_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<std::pair<std::string_view, uint64_t>, 4> size_units{
    {{"GiB", uint64_t{1} << 30}, {"MiB", uint64_t{1} << 20}, {"KiB", uint64_t{1} << 10}, {"B", 1}}};

/// In the largest unit that divides it.
template <size_t N>
std::string with_unit(uint64_t value, const std::array<std::pair<std::string_view, uint64_t>, N>& units) {
  for (const auto& [name, factor] : units)
    if (value % factor == 0 && (value != 0 || factor == 1)) return fmt::format("{}{}", value / factor, name);
  return {};
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
bool has_control(std::string_view text) {
  return std::ranges::any_of(text, is_control);
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

size_t bits_of(const IpAddress& address) {
  return address.bytes().size() * 8;
}

/// The address with every bit behind the prefix cleared.
IpAddress first_of_block(const IpAddress& address, size_t prefix) {
  std::array<uint8_t, 16> bytes{};
  const std::string_view octets = address.bytes();
  for (size_t i = 0; i < octets.size(); ++i) {
    const size_t kept = std::min<size_t>(8, prefix > i * 8 ? prefix - i * 8 : 0);
    bytes[i] = static_cast<uint8_t>(static_cast<uint8_t>(octets[i]) & (0xff00u >> kept));
  }
  if (address.family() == IpFamily::v6) return IpAddress::v6(bytes);
  return IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
}

/// IPv6 with and without brackets: a list of names has no port that they would keep apart.
Parsed<Host> read_host(std::string_view text) {
  if (auto address = IpAddress::parse(text)) return Host(*address);
  auto host = Host::parse(text);
  if (!host) return not_expected(describe(host.error()));
  return *std::move(host);
}

/// One line of text for somebody else to understand.
template <typename T>
Parsed<T> read_line(std::string_view text) {
  if (text.empty()) return not_expected();
  if (has_control(text)) return not_expected("it has a control character");
  return T{std::string(text)};
}

}  // namespace

bool AddressBlock::contains(const IpAddress& other) const {
  return other.family() == address.family() && first_of_block(other, prefix_bits) == address;
}

std::string NamePattern::text() const {
  return (below ? "*." : "") + host.text();
}

Parsed<bool> parse_scalar(std::string_view text, As<bool>) {
  if (text == "true") return true;
  if (text == "false") return false;
  return not_expected();
}

Parsed<uint32_t> parse_scalar(std::string_view text, As<uint32_t>) {
  // YAML reads a leading zero as octal, or not: nobody knows which number was meant.
  if (text.size() > 1 && text[0] == '0') return not_expected("it begins with a zero");
  const auto number = read_digits(text);
  if (!number) return not_expected();
  return *number;
}

Parsed<Milliseconds> parse_scalar(std::string_view text, As<Milliseconds>) {
  const auto value = read_with_unit(text, duration_units);
  if (!value) return not_expected(read_digits(text) ? "the unit is missing" : "");
  return Milliseconds(static_cast<int64_t>(*value));
}

Parsed<ByteCount> parse_scalar(std::string_view text, As<ByteCount>) {
  const auto value = read_with_unit(text, size_units);
  if (!value) return not_expected(read_digits(text) ? "the unit is missing" : "");
  return ByteCount{*value};
}

Parsed<AddressBlock> parse_scalar(std::string_view text, As<AddressBlock>) {
  const size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return not_expected();
  const size_t bits = bits_of(*address);
  if (slash == std::string_view::npos) return AddressBlock{*address, static_cast<uint8_t>(bits)};
  const auto prefix = read_digits(text.substr(slash + 1));
  if (!prefix || *prefix > bits) return not_expected(fmt::format("the prefix is not from 0 to {}", bits));
  const IpAddress first = first_of_block(*address, *prefix);
  if (first != *address)
    return not_expected(
        fmt::format("it has bits behind the prefix; the block is {}/{}", first.text(), *prefix));
  return AddressBlock{first, static_cast<uint8_t>(*prefix)};
}

Parsed<NamePattern> parse_scalar(std::string_view text, As<NamePattern>) {
  const bool below = text.starts_with("*.");
  auto host = read_host(below ? text.substr(2) : text);
  if (!host) return Failure<std::string>(host.error());
  if (below && host->address() != nullptr) return not_expected("nothing is below an address");
  return NamePattern{below, *std::move(host)};
}

Parsed<BackAddress> parse_scalar(std::string_view text, As<BackAddress>) {
  auto authority = Authority::parse(text);
  if (!authority) return not_expected(describe(authority.error()));
  if (!authority->port) return not_expected("the port is missing");
  return BackAddress{std::move(authority->host), *authority->port};
}

Parsed<Endpoint> parse_scalar(std::string_view text, As<Endpoint>) {
  auto endpoint = Endpoint::parse(text);
  if (!endpoint) return not_expected(describe(endpoint.error()));
  return *endpoint;
}

Parsed<Host> parse_scalar(std::string_view text, As<Host>) {
  return read_host(text);
}

Parsed<Authority> parse_scalar(std::string_view text, As<Authority>) {
  auto authority = Authority::parse(text);
  if (!authority) return not_expected(describe(authority.error()));
  return *std::move(authority);
}

Parsed<ServerName> parse_scalar(std::string_view text, As<ServerName>) {
  auto name = ServerName::parse(text);
  if (!name)
    return not_expected(name.error() == ServerName::Error::ip_address ? "SNI never carries an address" : "");
  return *std::move(name);
}

Parsed<FilePath> parse_scalar(std::string_view text, As<FilePath>) {
  return read_line<FilePath>(text);
}
Parsed<RegexText> parse_scalar(std::string_view text, As<RegexText>) {
  return read_line<RegexText>(text);
}
Parsed<PlainText> parse_scalar(std::string_view text, As<PlainText>) {
  return read_line<PlainText>(text);
}

Parsed<UrlPathText> parse_scalar(std::string_view text, As<UrlPathText>) {
  if (!text.starts_with('/') || text.find_first_of("?# ") != std::string_view::npos || has_control(text))
    return not_expected();
  return UrlPathText{std::string(text)};
}

Parsed<FieldName> parse_scalar(std::string_view text, As<FieldName>) {
  if (!http1::is_token(text)) return not_expected();
  return FieldName{std::string(text)};
}

Parsed<FieldValue> parse_scalar(std::string_view text, As<FieldValue>) {
  if (has_control(text)) return not_expected("it has a control character");
  if (text.starts_with(' ') || text.ends_with(' ')) return not_expected("it begins or ends with a blank");
  return FieldValue{std::string(text)};
}

Parsed<MethodName> parse_scalar(std::string_view text, As<MethodName>) {
  if (!http1::is_token(text)) return not_expected();
  return MethodName{std::string(text)};
}

Parsed<Label> parse_scalar(std::string_view text, As<Label>) {
  const bool fits = !text.empty() && text.size() <= 64 && is_letter_or_digit(text[0]) &&
                    !(text[0] >= '0' && text[0] <= '9') && std::ranges::all_of(text, [](char c) {
                      return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
                    });
  if (!fits) return not_expected();
  return Label{std::string(text)};
}

std::string print_scalar(bool value) {
  return value ? "true" : "false";
}
std::string print_scalar(uint32_t value) {
  return std::to_string(value);
}
std::string print_scalar(Milliseconds value) {
  return with_unit(static_cast<uint64_t>(value.count()), duration_units);
}
std::string print_scalar(ByteCount value) {
  return with_unit(value.value, size_units);
}
std::string print_scalar(const AddressBlock& value) {
  return fmt::format("{}/{}", value.address.text(), value.prefix_bits);
}
std::string print_scalar(const NamePattern& value) {
  return value.text();
}
std::string print_scalar(const BackAddress& value) {
  return Authority{value.host, value.port}.text();
}
std::string print_scalar(const Endpoint& value) {
  return value.text();
}
std::string print_scalar(const Host& value) {
  return value.text();
}
std::string print_scalar(const Authority& value) {
  return value.text();
}
std::string print_scalar(const ServerName& value) {
  return std::string(value.text());
}
std::string print_scalar(const FilePath& value) {
  return value.text;
}
std::string print_scalar(const UrlPathText& value) {
  return value.text;
}
std::string print_scalar(const RegexText& value) {
  return value.text;
}
std::string print_scalar(const FieldName& value) {
  return value.text;
}
std::string print_scalar(const FieldValue& value) {
  return value.text;
}
std::string print_scalar(const MethodName& value) {
  return value.text;
}
std::string print_scalar(const Label& value) {
  return value.text;
}
std::string print_scalar(const PlainText& value) {
  return value.text;
}

}  // namespace astray::gateway
