#pragma once
// How single values are written. For each type T of value
//   Scalar<T>::expected   what a person should have written, with an example: "a duration such as 5s or
//   250ms" Scalar<T>::schema     the members of a JSON schema that say the same, as far as one can
//   parse_scalar          the value, or why not ("": the expectation says it all)
//   print_scalar          what parse_scalar reads as the same value
//   magnitude             of what is Limited: the number that a key may limit
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.h"
#include "gateway/configuration/configuration.h"

namespace astray::gateway {

template <typename T>
struct As {};
template <typename T>
using Parsed = Result<T, std::string>;

Parsed<bool> parse_scalar(std::string_view text, As<bool>);
Parsed<uint32_t> parse_scalar(std::string_view text, As<uint32_t>);
Parsed<Milliseconds> parse_scalar(std::string_view text, As<Milliseconds>);
Parsed<ByteCount> parse_scalar(std::string_view text, As<ByteCount>);
Parsed<AddressBlock> parse_scalar(std::string_view text, As<AddressBlock>);
Parsed<NamePattern> parse_scalar(std::string_view text, As<NamePattern>);
Parsed<BackAddress> parse_scalar(std::string_view text, As<BackAddress>);
Parsed<Endpoint> parse_scalar(std::string_view text, As<Endpoint>);
Parsed<Host> parse_scalar(std::string_view text, As<Host>);
Parsed<Authority> parse_scalar(std::string_view text, As<Authority>);
Parsed<ServerName> parse_scalar(std::string_view text, As<ServerName>);
Parsed<FilePath> parse_scalar(std::string_view text, As<FilePath>);
Parsed<UrlPathText> parse_scalar(std::string_view text, As<UrlPathText>);
Parsed<RegexText> parse_scalar(std::string_view text, As<RegexText>);
Parsed<FieldName> parse_scalar(std::string_view text, As<FieldName>);
Parsed<FieldValue> parse_scalar(std::string_view text, As<FieldValue>);
Parsed<MethodName> parse_scalar(std::string_view text, As<MethodName>);
Parsed<Label> parse_scalar(std::string_view text, As<Label>);
Parsed<PlainText> parse_scalar(std::string_view text, As<PlainText>);

std::string print_scalar(bool value);
std::string print_scalar(uint32_t value);
std::string print_scalar(Milliseconds value);
std::string print_scalar(ByteCount value);
std::string print_scalar(const AddressBlock& value);
std::string print_scalar(const NamePattern& value);
std::string print_scalar(const BackAddress& value);
std::string print_scalar(const Endpoint& value);
std::string print_scalar(const Host& value);
std::string print_scalar(const Authority& value);
std::string print_scalar(const ServerName& value);
std::string print_scalar(const FilePath& value);
std::string print_scalar(const UrlPathText& value);
std::string print_scalar(const RegexText& value);
std::string print_scalar(const FieldName& value);
std::string print_scalar(const FieldValue& value);
std::string print_scalar(const MethodName& value);
std::string print_scalar(const Label& value);
std::string print_scalar(const PlainText& value);

template <typename T>
concept Limited =
    std::is_same_v<T, uint32_t> || std::is_same_v<T, Milliseconds> || std::is_same_v<T, ByteCount>;
inline uint64_t magnitude(uint32_t value) {
  return value;
}
inline uint64_t magnitude(Milliseconds value) {
  return static_cast<uint64_t>(value.count());
}
inline uint64_t magnitude(ByteCount value) {
  return value.value;
}

}  // namespace astray::gateway
