#pragma once
// What single values of the configuration are. Each remembers what a person wrote, not how it is used.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/source_span.h"
#include "names/host.h"
#include "names/ip_address.h"
#include "names/port.h"

namespace astray::gateway {

/// A value and where the file says it; the place of a default is unknown.
template <typename T>
struct Placed {
  T value;
  SourceSpan place{};
};

/// Settings that the file files under names: "backs: {app: …}". T has `Placed<std::string> name`.
template <typename T>
struct Named : std::vector<T> {};

/// Settings, or the one word that stands for their absence: "verify: off".
template <typename T>
struct OrWord {
  std::optional<T> settings;
};

using Milliseconds = std::chrono::milliseconds;

struct ByteCount {
  uint64_t value = 0;
  bool operator==(const ByteCount&) const = default;
};

/// "10.0.0.0/8", "2001:db8::/32"; an address alone is the block that holds nothing else. No bit behind the
/// prefix is set.
struct AddressBlock {
  IpAddress address = IpAddress::v4({0, 0, 0, 0});
  uint8_t prefix_bits = 32;

  bool contains(const IpAddress& other) const;
  bool operator==(const AddressBlock&) const = default;
};

/// A name that a virtual host claims: "www.example.com", "192.0.2.1", "[2001:db8::1]", or "*.example.com" for
/// everything below example.com.
struct NamePattern {
  bool below = false;  ///< "*.": `host` is the part behind it
  Host host = IpAddress::v4({0, 0, 0, 0});

  std::string text() const;
  auto operator<=>(const NamePattern&) const = default;
};

/// Where a back is: an address or a DNS name, always with a port.
struct BackAddress {
  Host host = IpAddress::v4({0, 0, 0, 0});
  Port port = Port(80);
  auto operator<=>(const BackAddress&) const = default;
};

/// A file. What is relative in the configuration is relative to the folder of the configuration file.
struct FilePath {
  std::string text;
  bool operator==(const FilePath&) const = default;
};

/// Begins with "/" and has neither query nor fragment.
struct UrlPathText {
  std::string text;
};

/// A regular expression (PCRE2), found anywhere in the path unless it has anchors.
struct RegexText {
  std::string text;
};

/// The name of an HTTP field (RFC 9110 §5.1), as written.
struct FieldName {
  std::string text;
};

/// The value of an HTTP field, without what would end the line.
struct FieldValue {
  std::string text;
};

/// A method (RFC 9110 §9.1): case counts.
struct MethodName {
  std::string text;
};

/// What other settings call a listener, a virtual host or a back by.
struct Label {
  std::string text;
  auto operator<=>(const Label&) const = default;
};

/// Printable text with a meaning of its own for somebody else: a cipher's name, a user's name.
struct PlainText {
  std::string text;
};

struct HeaderLine {
  FieldName field;
  FieldValue value;
};

/// "set: {X-Name: value}", in the file's order.
struct HeaderLines : std::vector<HeaderLine> {};

}  // namespace astray::gateway
