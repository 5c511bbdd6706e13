#include "audit/back_answers.h"

#include <fmt/format.h>

#include "names/host.h"
#include "servers/model/server.h"

namespace astray {
namespace {

bool covers(const CertificateUse* use, const std::string& name) {
  const auto host = Host::parse(name);
  return use != nullptr && use->certificate && host && use->certificate->covers(*host);
}

bool presents_readable_certificate(const ExpectedHandshake& handshake) {
  return handshake.certificate != nullptr && handshake.certificate->certificate != nullptr;
}

/// Httpd's log says which of its checks refused; nginx logs its own at level info.
std::string_view log_hint(ServerKind server, int status) {
  if (status != 421) return "";
  switch (server) {
    case ServerKind::httpd:
      return " (AH02032 in its error log)";
    case ServerKind::nginx:
      return " (in its error log at level info)";
    case ServerKind::astray:
      return " (with its reason in the access log)";
    case ServerKind::haproxy:
      return " (with its termination state in the log)";
    case ServerKind::caddy:
      return " (\"strict host matching\" in its log)";
    case ServerKind::h2o:
      return "";
    case ServerKind::trafficserver:
      return "";
    case ServerKind::traefik:
      return " (\"TLS options difference\" in its log at level DEBUG)";
    case ServerKind::envoy:
    case ServerKind::istio:
      return " (in its access log)";
    case ServerKind::kubernetes:
      return "";
  }
  return "";
}

std::string_view status_phrase(int status) {
  switch (status) {
    case 400:
      return " Bad Request";
    case 403:
      return " Forbidden";
    case 404:
      return " Not Found";
    case 421:
      return " Misdirected Request";
    case 502:
      return " Bad Gateway";
    default:
      return "";
  }
}

}  // namespace

BackAnswer judge_back(const Topology& topology, const Topology::Destination& destination,
                      BackProtocol protocol, const SentNames& sent,
                      const std::optional<std::string>& verified) {
  SentNames meant = sent;
  meant.sni.reset();
  if (sent.host) {
    const std::string name = lookup_name(*sent.host);
    if (!name.starts_with('[') && !IpAddress::parse(name)) meant.sni = name;
  }
  BackAnswer answer;
  answer.sent = ask_back(topology, destination, protocol, sent);
  answer.meant = ask_back(topology, destination, protocol, meant);

  if (answer.meant.handshake.outcome == HandshakeOutcome::unknowable ||
      answer.sent.handshake.outcome == HandshakeOutcome::unknowable ||
      answer.meant.answer.outcome == AnswerOutcome::unknowable ||
      answer.sent.answer.outcome == AnswerOutcome::unknowable) {
    answer.outcome = BackOutcome::could_not_tell;
  } else if (answer.meant.answer.outcome == AnswerOutcome::reject) {
    answer.outcome = BackOutcome::as_meant;
  } else if (answer.sent.handshake.outcome == HandshakeOutcome::rejected) {
    answer.outcome = BackOutcome::handshake_rejected;
  } else if (verified && presents_readable_certificate(answer.sent.handshake) &&
             !covers(answer.sent.handshake.certificate, *verified) &&
             covers(answer.meant.handshake.certificate, *verified)) {
    answer.outcome = BackOutcome::certificate_mismatch;
  } else if (answer.sent.answer.outcome == AnswerOutcome::reject) {
    answer.outcome = BackOutcome::refused;
  } else if (answer.sent.answer.virtual_host != answer.meant.answer.virtual_host) {
    answer.outcome = BackOutcome::other_virtual_host;
  } else {
    answer.outcome = BackOutcome::as_meant;
  }
  return answer;
}

int status_in_front(const BackAnswer& answer) {
  switch (answer.outcome) {
    case BackOutcome::refused:
      return answer.sent.answer.status;
    case BackOutcome::handshake_rejected:
    case BackOutcome::certificate_mismatch:
      return 502;
    case BackOutcome::as_meant:
    case BackOutcome::other_virtual_host:
    case BackOutcome::could_not_tell:
      return 0;
  }
  return 0;
}

const BackAnswer& BackAnswers::of(const SurveyedEdge& edge, const SentClass& names) {
  const VirtualHost& front = topology_.deployment(edge.site).virtual_host(edge.front);
  const auto verified = name_verified(front, *edge.edge, *edge.address, names.front_name);
  const auto ask = [&] {
    return judge_back(topology_, *edge.destination, edge.edge->protocol, names.sent, verified);
  };
  if (verified) return unshared_ = ask();
  const Key key{edge.destination->site, edge.destination->listener, edge.edge->protocol,       names.by_sni,
                names.by_host,          names.sni_is_host,          names.sent.sni.has_value()};
  const auto held = known_.find(key);
  return held != known_.end() ? held->second : known_.emplace(key, ask()).first->second;
}

std::string back_text(const Topology& topology, const Topology::Destination& destination) {
  const Deployment& back = topology.deployment(destination.site);
  return fmt::format("{} at {}", server_text(back), back.listener(destination.listener).address.text());
}

std::string refusal_text(const Topology& topology, const Topology::Destination& destination,
                         const BackAnswer& answer) {
  const Deployment& back = topology.deployment(destination.site);
  switch (answer.outcome) {
    case BackOutcome::refused: {
      const int status = answer.sent.answer.status;
      return fmt::format("answers {}{}{}", status, status_phrase(status), log_hint(back.server, status));
    }
    case BackOutcome::handshake_rejected:
      return fmt::format("ends the handshake{}{}, and the front answers 502 Bad Gateway",
                         answer.sent.handshake.alert.empty() ? "" : " with the alert ",
                         answer.sent.handshake.alert);
    case BackOutcome::certificate_mismatch:
      return "presents a certificate that the front refuses, and the front answers 502 Bad Gateway";
    case BackOutcome::other_virtual_host:
      return fmt::format("answers from its virtual host {}",
                         back.virtual_host(answer.sent.answer.virtual_host).label());
    case BackOutcome::as_meant:
      return "answers as it should";
    case BackOutcome::could_not_tell:
      return "answers what could not be told from its configuration";
  }
  return "";
}

PredictedAnswer answer_for_every_client(const BackAnswer& answer) {
  const int status = status_in_front(answer);
  PredictedAnswer predicted;
  predicted.client = "every client";
  predicted.status = status;
  predicted.reason = answer.sent.answer.reason;
  if (answer.outcome == BackOutcome::refused)
    predicted.expected = fmt::format(
        "gets {}{} from the back; a retry on a fresh connection takes the same way and "
        "gets the same",
        status, status_phrase(status));
  else if (answer.outcome == BackOutcome::other_virtual_host)
    predicted.expected = "gets the content of another name";
  else
    predicted.expected = "gets 502 Bad Gateway, since the front has no connection to the back";
  return predicted;
}

Place virtual_host_place(const Topology& topology, SiteId site, VirtualHostId id, std::string_view part) {
  const VirtualHost& host = topology.deployment(site).virtual_host(id);
  return topology.place(site, host.span, fmt::format("virtual host {}, {}", host.label(), part));
}

}  // namespace astray
