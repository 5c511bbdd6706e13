#include "explain/story/against.h"

#include <fmt/format.h>

namespace astray::explain {
namespace {

using Agreement = ConfigurationView::Agreement;

Expected ask(const ConfiguredSite& site, ListenerId listener, const Evidence& evidence) {
  ConnectionFacts connection;
  connection.scheme = Scheme::https;
  if (evidence.sni.known()) connection.sni = RawHost(evidence.sni.text);
  connection.alpn = evidence.protocol == Protocol::h2 ? AlpnOffer::h2 : AlpnOffer::h1;
  Expected expected;
  expected.handshake = site.behaviour->handshake(listener, connection);
  const ExpectedHandshake& handshake = expected.handshake;
  if (handshake.outcome == HandshakeOutcome::rejected || handshake.outcome == HandshakeOutcome::unknowable) {
    expected.answer.outcome = AnswerOutcome::unknowable;
    expected.answer.reason = handshake.reason;
    expected.answer.source = handshake.source;
    if (handshake.outcome == HandshakeOutcome::rejected) expected.answer.outcome = AnswerOutcome::reject;
    return expected;
  }
  connection.protocol = handshake.protocol;
  if (handshake.certificate != nullptr && handshake.certificate->certificate != nullptr)
    connection.certificate_names = handshake.certificate->certificate->names.in_file_order();
  if (handshake.virtual_host != VirtualHostId::none)
    connection.policy = digest(site.deployment->virtual_host(handshake.virtual_host).tls);
  RequestFacts request;
  if (handshake.protocol == Protocol::h1) {
    request.host_fields.emplace_back(evidence.authority.text);
  } else {
    request.pseudo_authority = RawHost(evidence.authority.text);
    request.scheme = Scheme::https;
  }
  expected.answer = site.behaviour->answer(listener, connection, handshake, request);
  return expected;
}

std::string predicted_text(const Deployment& deployment, const Expected& expected) {
  const ExpectedAnswer& answer = expected.answer;
  switch (answer.outcome) {
    case AnswerOutcome::serve:
      return answer.virtual_host == VirtualHostId::none
                 ? std::string("an answer of the site")
                 : fmt::format("an answer of {}", deployment.virtual_host(answer.virtual_host).label());
    case AnswerOutcome::reject:
      if (expected.handshake.outcome == HandshakeOutcome::rejected)
        return fmt::format("a refused handshake by {}", to_string(answer.reason));
      return fmt::format("{} by {}", answer.status, to_string(answer.reason));
    case AnswerOutcome::unknowable:
      return fmt::format("unknowable: {}", info(answer.reason).sentence);
  }
  return {};
}

Agreement agreement_of(const Expected& expected, int status) {
  switch (expected.answer.outcome) {
    case AnswerOutcome::unknowable:
      return Agreement::unknowable;
    case AnswerOutcome::reject:
      return expected.answer.status == status ? Agreement::agrees : Agreement::differs;
    case AnswerOutcome::serve:
      return Agreement::differs;
  }
  return Agreement::unknowable;
}

int rank(Agreement agreement) {
  switch (agreement) {
    case Agreement::agrees:
      return 3;
    case Agreement::differs:
      return 2;
    case Agreement::unknowable:
      return 1;
    case Agreement::not_asked:
      return 0;
  }
  return 0;
}

}  // namespace

void hold_against(std::span<const ConfiguredSite> sites, Story& story) {
  for (Incident& incident : story.incidents) {
    const Evidence& evidence = incident.evidence;
    // Without an SNI field nobody knows what to ask; without SNI there is something to ask.
    if (!evidence.authority.known() || evidence.sni.state == Fact::State::not_logged) continue;
    for (const ConfiguredSite& site : sites) {
      for (size_t i = 0; i < site.deployment->listeners.size(); ++i) {
        const auto id = static_cast<ListenerId>(i);
        if (site.deployment->listener(id).kind != Listener::Kind::http) continue;
        const Expected expected = ask(site, id, evidence);
        if (expected.handshake.outcome == HandshakeOutcome::cleartext) continue;
        const Agreement agreement = agreement_of(expected, evidence.status);
        if (rank(agreement) <= rank(incident.configuration.agreement)) continue;
        const SourceSpan source =
            expected.answer.source.known() ? expected.answer.source : expected.handshake.source;
        incident.configuration = {agreement, predicted_text(*site.deployment, expected),
                                  site.deployment->files.describe(source)};
        if (agreement == Agreement::agrees && !incident.judgement.attribute)
          incident.judgement.attribute = expected.answer.reason;
      }
    }
  }
}

}  // namespace astray::explain
