#include "proxy/exchange/request_judge.h"

namespace astray::proxy {

const Judged& RequestJudge::judge(const Site& site, const RequestNames& names) {
  const Result<Asked, Verdict>& asked = reader_.read(connection_.facts, names);
  if (!asked) {
    last_origin_.reset();
    last_ = {.verdict = asked.error()};
    return last_;
  }
  if (last_generation_ == site.generation() && last_origin_ == asked->origin) {
    last_.verdict.evidence.authority = asked->text;
    last_.verdict.evidence.field = asked->field;
    return last_;
  }
  last_ = decide(site, *asked);
  last_origin_ = asked->origin;
  last_.asked = &*last_origin_;
  last_generation_ = site.generation();
  return last_;
}

Judged RequestJudge::decide(const Site& site, const Asked& asked) const {
  const Listener* listener = site.listener(connection_.listener);
  const gateway::AuthorityTable& owners = site.owners();
  const Origin& origin = asked.origin;
  // A trusted gateway may have been reached at another port and scheme than this listener has.
  Origin looked_up = origin;
  if (connection_.facts.peer == Peer::trusted_gateway && listener != nullptr) {
    looked_up.scheme = listener->at.scheme;
    looked_up.port = listener->at.port;
  }
  const gateway::SchemePort at{looked_up.scheme, looked_up.port};
  const auto found = owners.find(at, looked_up.host);
  Ownership ownership = owners.owner_of(looked_up, connection_.facts.listener);
  if (!found)
    ownership.if_unowned = connection_.unowned == gateway::UnownedSetting::not_found
                               ? UnownedAnswer::not_found
                               : UnownedAnswer::misdirected;
  const VirtualHost* owner = found ? &site.virtual_host(found->virtual_host) : nullptr;
  if (origin.scheme == Scheme::http && listener != nullptr && !listener->tls)
    if (auto judged = send_to_tls(site, asked, *listener, owner)) return *judged;

  Judged judged{.verdict = judge_request(connection_.facts, asked, ownership)};
  if (judged.verdict.answer == Answer::serve) judged.virtual_host = owner;
  return judged;
}

std::optional<Judged> RequestJudge::send_to_tls(const Site& site, const Asked& asked,
                                                const Listener& listener, const VirtualHost* owner) const {
  const std::optional<Port> port = owner != nullptr ? owner->tls_port : site.tls_port_of(asked.origin.host);
  if (!port) return std::nullopt;
  Ownership ownership;
  ownership.claim = Claim::by_name;
  Judged judged{.verdict = judge_request(connection_.facts, asked, ownership)};
  // Who asks for another port is not sent to this name's https, but told so.
  if (judged.verdict.answer != Answer::serve) return std::nullopt;
  switch (listener.settings->cleartext) {
    case gateway::CleartextAnswer::serve:
      return std::nullopt;
    case gateway::CleartextAnswer::redirect:
      judged.verdict.answer = Answer::serve;
      judged.verdict.reason = Reason::own_name;
      judged.redirect_to = port;
      return judged;
    case gateway::CleartextAnswer::misdirected:
      judged.verdict.answer = Answer::misdirected;
      judged.verdict.reason = Reason::scheme_mismatch;
      return judged;
  }
  return std::nullopt;
}

}  // namespace astray::proxy
