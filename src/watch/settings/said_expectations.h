#pragma once
// The words and schema fragments of said_values.h.
#include "gateway/configuration/scalar_expectations.h"
#include "watch/settings/said_values.h"

namespace astray::gateway {

template <>
struct Scalar<watch::TargetText> {
  static constexpr std::string_view expected =
      "a target such as https://a.example, a.example or a.example@192.0.2.1:8443";
  static constexpr std::string_view schema = R"("type": "string", "minLength": 1)";
};
template <>
struct Scalar<watch::NodeText> {
  static constexpr std::string_view expected =
      "an address such as 192.0.2.1, 192.0.2.1:8443 or \"[2001:db8::1]:8443\"";
  static constexpr std::string_view schema = R"("type": "string", "minLength": 2)";
};
template <>
struct Scalar<watch::ServerText> {
  static constexpr std::string_view expected = "a server such as nginx, or with its version nginx@1.22.1";
  static constexpr std::string_view schema = R"("type": "string", "minLength": 1)";
};
template <>
struct Scalar<watch::NameText> {
  static constexpr std::string_view expected = "a name such as watch.example.com";
  static constexpr std::string_view schema = R"("type": "string", "minLength": 1, "maxLength": 254)";
};
template <>
struct Scalar<watch::ClientText> {
  static constexpr std::string_view expected = "the id of a client (`astray list clients`)";
  static constexpr std::string_view schema = R"("type": "string", "minLength": 1)";
};
template <>
struct Scalar<watch::UrlText> {
  static constexpr std::string_view expected = "a URL such as https://ops.example/hook";
  static constexpr std::string_view schema = R"("type": "string", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?:")";
};
template <>
struct Scalar<watch::NatsUrlText> {
  static constexpr std::string_view expected = "a URL such as nats://127.0.0.1:4222 or tls://nats.example:4222";
  static constexpr std::string_view schema = R"("type": "string", "pattern": "^(nats|tls)://")";
};
template <>
struct Scalar<watch::Percentage> {
  static constexpr std::string_view expected = "a percentage such as 10%, from 0% to 100%";
  static constexpr std::string_view schema = R"("type": "string", "pattern": "^[0-9]{1,3}%$")";
};
template <>
struct Scalar<watch::AuthoritiesText> {
  static constexpr std::string_view expected = "the path of a PEM file, or the word system or none";
  static constexpr std::string_view schema = R"("type": "string", "minLength": 1)";
};

}  // namespace astray::gateway
