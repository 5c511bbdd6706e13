#include "proxy/back/back_sessions.h"

namespace astray::proxy {

void BackSessions::keep(const BackKeyView& key, tls::Session session) {
  if (session.resumable() == tls::Session::Resumable::no) return;
  auto known = by_key_.find(key);
  if (known == by_key_.end()) {
    if (in_order_.size() >= most_keys) {
      by_key_.erase(in_order_.front());
      in_order_.pop_front();
    }
    in_order_.push_back(BackKey::of(key));
    known = by_key_.emplace(BackKey::of(key), std::vector<tls::Session>()).first;
  }
  std::vector<tls::Session>& sessions = known->second;
  if (sessions.size() == most_each) sessions.erase(sessions.begin());
  sessions.push_back(std::move(session));
}

std::optional<tls::Session> BackSessions::take(const BackKeyView& key) {
  const auto known = by_key_.find(key);
  if (known == by_key_.end() || known->second.empty()) return std::nullopt;
  tls::Session freshest = known->second.back();
  if (freshest.version() == tls::Version::tls1_3) known->second.pop_back();
  return freshest;
}

}  // namespace astray::proxy
