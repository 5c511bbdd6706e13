#include "client/identities.h"

#include <algorithm>

namespace astray::client {
namespace {

constexpr size_t most_names = 10'000;
constexpr size_t most_sessions_each = 4;

std::vector<std::string> protocols_of(HttpVersions versions) {
  switch (versions) {
    case HttpVersions::h2_or_h1:
      return {"h2", "http/1.1"};
    case HttpVersions::h1_only:
      return {"http/1.1"};
    case HttpVersions::h2_only:
      return {"h2"};
  }
  return {};
}

Result<std::shared_ptr<const tls::ClientContext>> make_context(const Settings& settings,
                                                               const std::vector<std::string>& protocols,
                                                               std::optional<tls::Identity> certificate,
                                                               tls::Sessions sessions) {
  tls::ClientOptions options;
  Result<tls::AlpnList> alpn = tls::AlpnList::of(protocols);
  if (!alpn) return tl::unexpected(alpn.error());
  options.alpn = std::move(*alpn);
  options.identity = std::move(certificate);
  options.min_version = settings.min_version;
  options.max_version = settings.max_version;
  options.leniency = tls::Leniency::modern;
  options.sessions = sessions;
  return tls::ClientContext::create(std::move(options));
}

}  // namespace

IdentityId Identities::id_of(const TransportIdentity& identity) {
  const auto found = std::find(identities_.begin(), identities_.end(), identity);
  if (found != identities_.end()) return static_cast<IdentityId>(found - identities_.begin());
  identities_.push_back(identity);
  return static_cast<IdentityId>(identities_.size() - 1);
}

Result<std::shared_ptr<const tls::ClientContext>> Identities::context(HttpVersions versions) {
  std::shared_ptr<const tls::ClientContext>& context = contexts_[static_cast<size_t>(versions)];
  if (context) return context;
  auto made =
      make_context(settings_, protocols_of(versions), settings_.client_certificate, tls::Sessions::kept);
  if (made) context = *made;
  return made;
}

Result<std::shared_ptr<const tls::ClientContext>> Identities::proxy_context() {
  if (proxy_context_) return proxy_context_;
  auto made = make_context(settings_, {"http/1.1"}, std::nullopt, tls::Sessions::dropped);
  if (made) proxy_context_ = *made;
  return made;
}

void SessionStore::keep(IdentityId identity, const Origin& origin, Kept session) {
  if (session.session.resumable() == tls::Session::Resumable::no) return;
  if (sessions_.size() >= most_names) sessions_.clear();
  std::vector<Kept>& kept = sessions_[{identity, origin}];
  if (kept.size() == most_sessions_each) kept.erase(kept.begin());
  kept.push_back(std::move(session));
}

std::optional<SessionStore::Kept> SessionStore::take(IdentityId identity, const Origin& origin) {
  const auto found = sessions_.find({identity, origin});
  if (found == sessions_.end()) return std::nullopt;
  Kept freshest = found->second.back();
  if (freshest.session.version() == tls::Version::tls1_3) found->second.pop_back();
  if (found->second.empty()) sessions_.erase(found);
  return freshest;
}

}  // namespace astray::client
