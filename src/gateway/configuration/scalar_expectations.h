#pragma once
// The words and schema fragments of scalars.h.
#include "gateway/configuration/scalars.h"

namespace astray::gateway {

template <typename T>
struct Scalar;

/// A T that is no string in YAML: true, 5.
template <typename T>
constexpr bool is_plain = std::is_same_v<T, bool> || std::is_same_v<T, uint32_t>;

template <>
struct Scalar<bool> {
  static constexpr std::string_view expected = "true or false";
  static constexpr std::string_view schema = R"("type": "boolean")";
};
template <>
struct Scalar<uint32_t> {
  static constexpr std::string_view expected = "a whole number";
  static constexpr std::string_view schema = R"("type": "integer")";
};
template <>
struct Scalar<Milliseconds> {
  static constexpr std::string_view expected = "a duration such as 5s, 250ms, 2m, 1h or 7d";
  static constexpr std::string_view schema = R"("type": "string", "pattern": "^[0-9]{1,9}(ms|s|m|h|d)$")";
};
template <>
struct Scalar<ByteCount> {
  static constexpr std::string_view expected = "a size such as 64KiB, 1MiB or 512B";
  static constexpr std::string_view schema = R"("type": "string", "pattern": "^[0-9]{1,9}(B|KiB|MiB|GiB)$")";
};
template <>
struct Scalar<AddressBlock> {
  static constexpr std::string_view expected =
      "an address block such as 10.0.0.0/8 or 2001:db8::/32, or one address";
  static constexpr std::string_view schema =
      R"("type": "string", "pattern": "^[0-9a-fA-F.:]+(/[0-9]{1,3})?$")";
};
template <>
struct Scalar<NamePattern> {
  static constexpr std::string_view expected =
      "a name such as www.example.com, \"*.example.com\" (in quotes) or an IP address";
  static constexpr std::string_view schema = R"("type": "string", "minLength": 1)";
};
template <>
struct Scalar<BackAddress> {
  static constexpr std::string_view expected =
      "an address or DNS name with a port such as 192.0.2.1:8080, \"[2001:db8::1]:8080\" or "
      "app.internal:8080";
  static constexpr std::string_view schema = R"("type": "string", "pattern": ":[0-9]+$")";
};
template <>
struct Scalar<Endpoint> {
  static constexpr std::string_view expected =
      "an address with a port such as 192.0.2.1:443, 0.0.0.0:443 or \"[::]:443\"";
  static constexpr std::string_view schema = R"("type": "string", "pattern": ":[0-9]+$")";
};
template <>
struct Scalar<Host> {
  static constexpr std::string_view expected = "a host name or an IP address (IPv6 in brackets)";
  static constexpr std::string_view schema = R"("type": "string", "minLength": 1)";
};
template <>
struct Scalar<Authority> {
  static constexpr std::string_view expected = "a host, or host:port, such as www.example.com:8443";
  static constexpr std::string_view schema = R"("type": "string", "minLength": 1)";
};
template <>
struct Scalar<ServerName> {
  static constexpr std::string_view expected = "a host name such as www.example.com";
  static constexpr std::string_view schema = R"("type": "string", "minLength": 1)";
};
template <>
struct Scalar<FilePath> {
  static constexpr std::string_view expected = "the path of a file";
  static constexpr std::string_view schema = R"("type": "string", "minLength": 1)";
};
template <>
struct Scalar<UrlPathText> {
  static constexpr std::string_view expected = "a path that begins with \"/\", without query or fragment";
  static constexpr std::string_view schema = R"("type": "string", "pattern": "^/[^?# ]*$")";
};
template <>
struct Scalar<RegexText> {
  static constexpr std::string_view expected = "a regular expression";
  static constexpr std::string_view schema = R"("type": "string", "minLength": 1)";
};
template <>
struct Scalar<FieldName> {
  static constexpr std::string_view expected = "the name of a header field such as X-Request-Id";
  static constexpr std::string_view schema =
      R"("type": "string", "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")";
};
template <>
struct Scalar<FieldValue> {
  static constexpr std::string_view expected = "the value of a header field: printable text on one line";
  static constexpr std::string_view schema = R"("type": ["string", "number", "boolean"])";
};
template <>
struct Scalar<MethodName> {
  static constexpr std::string_view expected = "a method such as GET (upper and lower case differ)";
  static constexpr std::string_view schema =
      R"("type": "string", "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")";
};
template <>
struct Scalar<Label> {
  static constexpr std::string_view expected =
      "a label of letters, digits, \".\", \"_\" and \"-\" that begins with a letter";
  static constexpr std::string_view schema =
      R"("type": "string", "pattern": "^[A-Za-z][A-Za-z0-9._-]{0,63}$")";
};
template <>
struct Scalar<PlainText> {
  static constexpr std::string_view expected = "printable text";
  static constexpr std::string_view schema = R"("type": ["string", "number"], "minLength": 1)";
};

}  // namespace astray::gateway
