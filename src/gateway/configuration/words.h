#pragma once
// The words for choices.
#include <string_view>
#include <utility>

#include "gateway/configuration/configuration.h"

namespace astray::gateway {

template <typename E>
struct Words;

template <typename E>
using Word = std::pair<std::string_view, E>;

template <>
struct Words<SniFallback> {
  static constexpr Word<SniFallback> all[] = {{"reject", SniFallback::reject},
                                              {"default", SniFallback::default_host}};
};
template <>
struct Words<CleartextAnswer> {
  static constexpr Word<CleartextAnswer> all[] = {{"redirect", CleartextAnswer::redirect},
                                                  {"serve", CleartextAnswer::serve},
                                                  {"421", CleartextAnswer::misdirected}};
};
template <>
struct Words<SchemeSource> {
  static constexpr Word<SchemeSource> all[] = {{"proxy_protocol", SchemeSource::proxy_protocol},
                                               {"forwarded", SchemeSource::forwarded}};
};
template <>
struct Words<ClientCertificateMode> {
  static constexpr Word<ClientCertificateMode> all[] = {{"none", ClientCertificateMode::none},
                                                        {"optional", ClientCertificateMode::optional},
                                                        {"required", ClientCertificateMode::required}};
};
template <>
struct Words<TlsVersion> {
  static constexpr Word<TlsVersion> all[] = {{"TLSv1.2", TlsVersion::tls1_2},
                                             {"TLSv1.3", TlsVersion::tls1_3}};
};
template <>
struct Words<HttpVersion> {
  static constexpr Word<HttpVersion> all[] = {{"h2", HttpVersion::h2}, {"http/1.1", HttpVersion::http1_1}};
};
template <>
struct Words<UnownedSetting> {
  static constexpr Word<UnownedSetting> all[] = {{"421", UnownedSetting::misdirected},
                                                 {"404", UnownedSetting::not_found},
                                                 {"close", UnownedSetting::close}};
};
template <>
struct Words<Coalescing> {
  static constexpr Word<Coalescing> all[] = {{"same-policy", Coalescing::same_policy},
                                             {"never", Coalescing::never}};
};
template <>
struct Words<RedirectStatus> {
  static constexpr Word<RedirectStatus> all[] = {{"301", RedirectStatus::moved_permanently},
                                                 {"302", RedirectStatus::found},
                                                 {"303", RedirectStatus::see_other},
                                                 {"307", RedirectStatus::temporary_redirect},
                                                 {"308", RedirectStatus::permanent_redirect}};
};
template <>
struct Words<Scheme> {
  static constexpr Word<Scheme> all[] = {{"http", Scheme::http}, {"https", Scheme::https}};
};
template <>
struct Words<BackProtocol> {
  static constexpr Word<BackProtocol> all[] = {{"http/1.1", BackProtocol::http1},
                                               {"h2c", BackProtocol::h2c},
                                               {"h2", BackProtocol::h2},
                                               {"https", BackProtocol::https}};
};
template <>
struct Words<BalancingMethod> {
  static constexpr Word<BalancingMethod> all[] = {{"round-robin", BalancingMethod::round_robin},
                                                  {"least-requests", BalancingMethod::least_requests},
                                                  {"two-choices", BalancingMethod::two_choices},
                                                  {"consistent-hash", BalancingMethod::consistent_hash}};
};
template <>
struct Words<HashedPart> {
  static constexpr Word<HashedPart> all[] = {{"client-address", HashedPart::client_address},
                                             {"authority", HashedPart::authority},
                                             {"path", HashedPart::path},
                                             {"header", HashedPart::header}};
};

template <typename E>
constexpr std::string_view word_of(E value) {
  for (const auto& [word, each] : Words<E>::all)
    if (each == value) return word;
  return "";
}

}  // namespace astray::gateway
