#include "proxy/back/prepared_backs.h"

#include <fmt/format.h>

#include <map>

namespace astray::proxy {
namespace {

/// Each file of authorities is read once, however many backs name it.
class Authorities {
 public:
  Result<tls::TrustStore> of(const gateway::VerifySettings& settings) {
    const std::string path = settings.authorities ? settings.authorities->value.text : std::string();
    if (const auto known = loaded_.find(path); known != loaded_.end()) return known->second;
    Result<tls::TrustStore> store = path.empty() ? tls::TrustStore::system() : tls::TrustStore::load(path);
    if (store) loaded_.emplace(path, *store);
    return store;
  }

 private:
  std::map<std::string, tls::TrustStore> loaded_;
};

Result<PreparedBack> prepare_back(const gateway::BackSettings& settings, Authorities& authorities) {
  PreparedBack prepared;
  if (!gateway::uses_tls(settings.protocol)) return prepared;
  if (settings.verify.settings) {
    Result<tls::TrustStore> trust = authorities.of(*settings.verify.settings);
    if (!trust) return tl::unexpected(trust.error());
    prepared.trust = std::move(*trust);
  }
  tls::ClientOptions options;
  if (const auto& files = settings.client_certificate) {
    Result<tls::Identity> identity =
        tls::Identity::load(files->certificate.value.text, files->key.value.text);
    if (!identity) return tl::unexpected(identity.error());
    options.identity = std::move(*identity);
  }
  const bool is_h2 = settings.protocol == gateway::BackProtocol::h2;
  Result<tls::AlpnList> alpn = tls::AlpnList::of({is_h2 ? "h2" : "http/1.1"});
  if (!alpn) return tl::unexpected(alpn.error());
  options.alpn = std::move(*alpn);
  options.min_version = tls::Version::tls1_2;
  options.leniency = tls::Leniency::modern;
  options.sessions = tls::Sessions::kept;
  auto context = tls::ClientContext::create(std::move(options));
  if (!context) return tl::unexpected(context.error());
  prepared.tls = std::move(*context);
  return prepared;
}

}  // namespace

Result<PreparedBacks> prepare_backs(std::span<const gateway::BackSettings> settings) {
  auto all = std::make_shared<std::vector<PreparedBack>>();
  Authorities authorities;
  for (const gateway::BackSettings& back : settings) {
    Result<PreparedBack> prepared = prepare_back(back, authorities);
    if (!prepared)
      return failure(fmt::format("back \"{}\": {}", back.name.value.text, prepared.error().message));
    all->push_back(std::move(*prepared));
  }
  return PreparedBacks(std::move(all));
}

}  // namespace astray::proxy
