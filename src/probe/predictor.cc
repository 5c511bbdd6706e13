#include "probe/predictor.h"

#include <fmt/format.h>

#include <algorithm>

#include "verdict/misdirected_status.h"

namespace astray {
namespace {

constexpr int bad_request_status = 400;

enum class Fit : uint8_t { none, every_address, this_address };

/// As bind() has it: the listener on this very address takes the connection before one on every address.
Fit fit(const ListenAddress& listening, const Endpoint& node) {
  if (!listening.unix_path.empty() || listening.port != node.port) return Fit::none;
  if (!listening.ip) return Fit::every_address;
  if (*listening.ip == node.address) return Fit::this_address;
  const bool wildcard = listening.ip->is_unspecified() && listening.ip->family() == node.address.family();
  return wildcard ? Fit::every_address : Fit::none;
}

struct Place {
  size_t site;
  ListenerId listener;
};

std::optional<Place> place_of(const std::vector<PredictedSite>& sites, const Endpoint& node) {
  std::optional<Place> best;
  Fit best_fit = Fit::none;
  for (size_t site = 0; site < sites.size(); ++site) {
    const std::vector<Listener>& listeners = sites[site].deployment->listeners;
    for (size_t i = 0; i < listeners.size(); ++i) {
      const Fit how = fit(listeners[i].address, node);
      if (how <= best_fit) continue;
      best_fit = how;
      best = Place{site, static_cast<ListenerId>(i)};
    }
  }
  return best;
}

/// Both steps as the server takes them, the second with what the first settled.
Expected ask(const PredictedSite& site, ListenerId listener, ConnectionFacts facts,
             const ConnectionQuestion& connection, const RequestQuestion& request) {
  Expected expected;
  expected.handshake = site.behaviour->handshake(listener, facts);
  const ExpectedHandshake& handshake = expected.handshake;
  if (handshake.outcome == HandshakeOutcome::rejected || handshake.outcome == HandshakeOutcome::unknowable) {
    expected.answer.outcome =
        handshake.outcome == HandshakeOutcome::rejected ? AnswerOutcome::reject : AnswerOutcome::unknowable;
    expected.answer.reason = handshake.reason;
    expected.answer.source = handshake.source;
    return expected;
  }
  facts.protocol = handshake.protocol;
  if (handshake.certificate != nullptr && handshake.certificate->certificate != nullptr)
    facts.certificate_names = handshake.certificate->certificate->names.in_file_order();
  if (handshake.virtual_host != VirtualHostId::none)
    facts.policy = digest(site.deployment->virtual_host(handshake.virtual_host).tls);
  expected.answer =
      site.behaviour->answer(listener, facts, handshake, facts_of(connection, request, handshake.protocol));
  return expected;
}

/// No word of the server came, so nothing can be held against a prediction.
bool is_silent(ProbeFailure failure) {
  switch (failure) {
    case ProbeFailure::not_resolved:
    case ProbeFailure::refused:
    case ProbeFailure::unreachable:
    case ProbeFailure::timed_out:
    case ProbeFailure::not_reusable:
    case ProbeFailure::no_session:
    case ProbeFailure::local_limit:
    case ProbeFailure::cancelled:
      return true;
    default:
      return false;
  }
}

/// The server ended the connection, or the stream, in place of an answer.
bool was_cut_off(const Observation& seen) {
  switch (seen.failure) {
    case ProbeFailure::reset:
    case ProbeFailure::closed_early:
    case ProbeFailure::stream_reset:
    case ProbeFailure::goaway:
      return true;
    case ProbeFailure::tls_alert:
      return seen.handshake_done;
    default:
      return false;
  }
}

/// A refusal that has no status is none that a client could read.
bool is_unanswered(const ExpectedAnswer& answer) {
  return answer.outcome == AnswerOutcome::reject && answer.status == 0;
}

std::string names_text(const Certificate& certificate) {
  std::string text;
  size_t count = 0;
  for (const CertificateName& name : certificate.names) {
    if (++count > 3) return fmt::format("{} and {} more", text, certificate.names.size() - 3);
    text += (text.empty() ? "" : ", ") + name.text();
  }
  if (!text.empty()) return text;
  return certificate.common_name.empty() ? "one without names"
                                         : fmt::format("one without names, CN {}", certificate.common_name);
}

bool same_names(const Certificate& a, const Certificate& b) {
  std::vector<CertificateName> left = a.names.in_file_order(), right = b.names.in_file_order();
  std::sort(left.begin(), left.end());
  std::sort(right.begin(), right.end());
  return left == right && (!left.empty() || a.common_name == b.common_name);
}

std::string difference(std::string_view what, std::string_view predicted, std::string_view was) {
  return fmt::format("{}: predicted {}, was {}", what, predicted, was);
}

std::string seen_end(const Observation& seen) {
  if (seen.status != 0) return std::to_string(seen.status);
  if (seen.failure == ProbeFailure::tls_alert)
    return fmt::format("the alert {}", seen.alert.empty() ? "unknown" : seen.alert);
  if (seen.failure != ProbeFailure::none) return std::string(to_string(seen.failure));
  return "no answer";
}

bool lacks_client_certificate(Reason reason) {
  return reason == Reason::client_certificate_required || reason == Reason::client_certificate_untrusted;
}

std::string handshake_difference(const ExpectedHandshake& expected, const ExpectedAnswer& answer,
                                 const Observation& seen) {
  const bool refused = seen.failure == ProbeFailure::tls_alert;
  switch (expected.outcome) {
    case HandshakeOutcome::rejected: {
      const std::string predicted =
          expected.alert.empty() ? "a refusal" : fmt::format("the alert {}", expected.alert);
      // TLS 1.3 refuses a client's certificate after the client's last flight: the request is on its way by
      // then, and the alert may be lost to a reset.
      if (!refused && was_cut_off(seen) && seen.status == 0 && lacks_client_certificate(expected.reason))
        return {};
      if (!refused)
        return difference("handshake", predicted,
                          seen.handshake_done && seen.status != 0 ? "completed" : seen_end(seen));
      if (!expected.alert.empty() && !seen.alert.empty() && expected.alert != seen.alert)
        return difference("alert", expected.alert, seen.alert);
      return {};
    }
    case HandshakeOutcome::cleartext:
      if (seen.handshake_done) return difference("handshake", "clear text", "TLS");
      return {};
    case HandshakeOutcome::ok:
      if (refused && seen.handshake_done && is_unanswered(answer)) return {};
      if (refused) return difference("handshake", "to be completed", seen_end(seen));
      if (!seen.handshake_done && seen.status == 0)
        return difference("handshake", "to be completed", seen_end(seen));
      return {};
    case HandshakeOutcome::unknowable:
      return {};
  }
  return {};
}

}  // namespace

Predictor::Predictor(std::vector<PredictedSite> sites, std::vector<ClientCertificate> client_certificates)
    : sites_(std::move(sites)), client_certificates_(std::move(client_certificates)) {}

Prediction Predictor::predict(const ConnectionQuestion& connection, const RequestQuestion& request) const {
  Prediction prediction;
  const bool http = connection.protocol == PortProtocol::https || connection.protocol == PortProtocol::http;
  const std::optional<Place> place = http ? place_of(sites_, connection.node) : std::nullopt;
  if (!place) return prediction;
  prediction.site = place->site;
  prediction.listener = place->listener;
  prediction.agreement = Agreement::unknowable;
  const PredictedSite& site = sites_[place->site];
  prediction.deployment = site.deployment;
  if (site.deployment->listener(place->listener).kind != Listener::Kind::http) return prediction;

  ConnectionFacts facts = facts_of(connection);
  if (connection.client_certificate && *connection.client_certificate < client_certificates_.size())
    facts.client_certificate = client_certificates_[*connection.client_certificate];
  prediction.expected = ask(site, place->listener, std::move(facts), connection, request);
  const Expected& expected = prediction.expected;
  const VirtualHostId owner = expected.answer.virtual_host != VirtualHostId::none
                                  ? expected.answer.virtual_host
                                  : expected.handshake.virtual_host;
  if (owner != VirtualHostId::none) prediction.virtual_host = site.deployment->virtual_host(owner).label();
  prediction.source = site.deployment->files.describe(
      expected.answer.source.known() ? expected.answer.source : expected.handshake.source);
  return prediction;
}

void Predictor::compare(Prediction& prediction, const Observation& seen, std::string_view answered_as) const {
  if (prediction.agreement == Agreement::not_predicted) return;
  prediction.agreement = Agreement::unknowable;
  if (prediction.expected.handshake.outcome == HandshakeOutcome::unknowable) return;
  if (is_silent(seen.failure) && seen.status == 0) return;
  prediction.difference = difference_of(prediction, seen, answered_as);
  if (!prediction.difference.empty() && seen.resumed) {
    // What a server makes of another name's session is its TLS library's affair (nginx 1.22 takes the
    // session's name for the SNI): no configuration says it, so it is no drift.
    prediction.difference.clear();
    return;
  }
  if (!prediction.difference.empty()) {
    prediction.agreement = Agreement::differs;
  } else if (prediction.expected.answer.outcome != AnswerOutcome::unknowable) {
    prediction.agreement = Agreement::agrees;
  }
}

std::string Predictor::difference_of(const Prediction& prediction, const Observation& seen,
                                     std::string_view answered_as) const {
  const ExpectedHandshake& handshake = prediction.expected.handshake;
  const ExpectedAnswer& answer = prediction.expected.answer;
  if (std::string text = handshake_difference(handshake, answer, seen); !text.empty()) return text;
  if (handshake.outcome == HandshakeOutcome::rejected) return {};

  if (handshake.outcome == HandshakeOutcome::ok && !seen.resumed && seen.certificate != nullptr &&
      handshake.certificate != nullptr && handshake.certificate->certificate != nullptr &&
      !same_names(*handshake.certificate->certificate, *seen.certificate)) {
    return difference("certificate", names_text(*handshake.certificate->certificate),
                      names_text(*seen.certificate));
  }
  if (handshake.outcome == HandshakeOutcome::ok && seen.handshake_done && handshake.protocol != seen.protocol)
    return difference("protocol", to_string(handshake.protocol), to_string(seen.protocol));

  if (answer.outcome == AnswerOutcome::unknowable) return {};
  if (is_unanswered(answer)) {
    if (seen.status == 0 && was_cut_off(seen)) return {};
    return difference("status", "no answer", seen_end(seen));
  }
  if (answer.status != 0)
    return seen.status == answer.status ? std::string()
                                        : difference("status", std::to_string(answer.status), seen_end(seen));
  // The site itself answers, with whatever it likes: only a server's own refusal is none of its answers,
  // unless it is what the name always gets.
  const bool refused = seen.status == misdirected_status || seen.status == bad_request_status;
  if (seen.status == 0 || (refused && answered_as.empty()))
    return difference("status", fmt::format("an answer of {}", prediction.virtual_host), seen_end(seen));
  if (!answered_as.empty() && answer.virtual_host != VirtualHostId::none) {
    const PredictedSite& site = sites_[prediction.site];
    const VirtualHostId owner =
        site.behaviour->find_virtual_host(prediction.listener, answered_as).virtual_host;
    if (owner != VirtualHostId::none && !site.deployment->is_one_answerer(owner, answer.virtual_host))
      return difference(
          "virtual host", prediction.virtual_host,
          fmt::format("{} (the answer of {})", site.deployment->virtual_host(owner).label(), answered_as));
  }
  return {};
}

}  // namespace astray
