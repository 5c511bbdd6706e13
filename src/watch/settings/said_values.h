#pragma once
// Single values of watch.yaml that the gateway's configuration does not have.
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/configuration/scalars.h"
#include "gateway/configuration/words.h"
#include "probe/axes.h"
#include "probe/nodes.h"
#include "probe/target.h"
#include "servers/model/server.h"
#include "tls/engine/words.h"
#include "verdict/client_profile.h"

namespace astray::watch {

/// "https://a.example", "a.example@192.0.2.1:8443".
struct TargetText {
  ProbeTarget target{.text = {}, .host = IpAddress::v4({0, 0, 0, 0}), .pinned = {}};
};
/// "192.0.2.1", "192.0.2.1:8443".
struct NodeText {
  NodeOverride node{IpAddress::v4({0, 0, 0, 0}), {}};
};
/// "nginx", "httpd@2.4.66".
struct ServerText {
  std::string text;
};
/// "watch.example.com": as Hostname takes it.
struct NameText {
  std::string text;
};
struct ClientText {
  const ClientProfile* profile = nullptr;
};
/// http or https, without user and password.
struct UrlText {
  std::string text;
};
struct NatsUrlText {
  std::string text;
};
/// "10%".
struct Percentage {
  uint32_t value = 0;  ///< 0–100
};
/// "system", "none", or a file.
struct AuthoritiesText {
  std::string text;
};

gateway::Parsed<TargetText> parse_scalar(std::string_view text, gateway::As<TargetText>);
gateway::Parsed<NodeText> parse_scalar(std::string_view text, gateway::As<NodeText>);
gateway::Parsed<ServerText> parse_scalar(std::string_view text, gateway::As<ServerText>);
gateway::Parsed<NameText> parse_scalar(std::string_view text, gateway::As<NameText>);
gateway::Parsed<ClientText> parse_scalar(std::string_view text, gateway::As<ClientText>);
gateway::Parsed<UrlText> parse_scalar(std::string_view text, gateway::As<UrlText>);
gateway::Parsed<NatsUrlText> parse_scalar(std::string_view text, gateway::As<NatsUrlText>);
gateway::Parsed<Percentage> parse_scalar(std::string_view text, gateway::As<Percentage>);
gateway::Parsed<AuthoritiesText> parse_scalar(std::string_view text, gateway::As<AuthoritiesText>);

std::string print_scalar(const TargetText& value);
std::string print_scalar(const NodeText& value);
std::string print_scalar(const ServerText& value);
std::string print_scalar(const NameText& value);
std::string print_scalar(const ClientText& value);
std::string print_scalar(const UrlText& value);
std::string print_scalar(const NatsUrlText& value);
std::string print_scalar(const Percentage& value);
std::string print_scalar(const AuthoritiesText& value);

}  // namespace astray::watch

namespace astray::gateway {

template <>
struct Words<AxesPreset> {
  static constexpr Word<AxesPreset> all[] = {{"polite", AxesPreset::polite}, {"full", AxesPreset::full}};
};
template <>
struct Words<AlpnOffer> {
  static constexpr Word<AlpnOffer> all[] = {{"none", AlpnOffer::none},
                                            {"h1", AlpnOffer::h1},
                                            {"h2", AlpnOffer::h2},
                                            {"h2-only", AlpnOffer::h2_only}};
};
template <>
struct Words<ConnectionUse> {
  static constexpr Word<ConnectionUse> all[] = {{"fresh", ConnectionUse::fresh},
                                                {"reused", ConnectionUse::reused}};
};
template <>
struct Words<tls::Version> {
  static constexpr Word<tls::Version> all[] = {{"TLSv1.0", tls::Version::tls1_0},
                                               {"TLSv1.1", tls::Version::tls1_1},
                                               {"TLSv1.2", tls::Version::tls1_2},
                                               {"TLSv1.3", tls::Version::tls1_3}};
};

}  // namespace astray::gateway
