#include "verdict/verdict.h"

#include <fmt/format.h>

#include "names/raw_host.h"

namespace astray {
namespace {

std::string shown(std::string_view bytes) {
  return RawHost(std::string(bytes)).printable();
}

/// What a person has to compare to believe the reason.
std::string compared(const Verdict& verdict) {
  const Evidence& evidence = verdict.evidence;
  std::string text;
  auto add = [&text](std::string_view part) {
    if (!text.empty()) text += ", ";
    text += part;
  };
  if (evidence.connection_scheme == Scheme::https && verdict.answer != Answer::bad_request)
    add(evidence.sni ? fmt::format("SNI {}", shown(*evidence.sni)) : "no SNI");
  if (evidence.field != AuthorityField::none)
    add(fmt::format("{} {}", to_string(evidence.field), shown(evidence.authority)));
  if (evidence.other_field != AuthorityField::none)
    add(fmt::format("{} {}", to_string(evidence.other_field), shown(evidence.other_authority)));
  if (evidence.malformed) add(describe(*evidence.malformed));

  switch (verdict.reason) {
    case Reason::port_differs:
      add(fmt::format("port {} asked on port {}", evidence.asked_port->number(),
                      evidence.connection_port->number()));
      break;
    case Reason::scheme_mismatch:
      add(fmt::format("{} asked on a connection {}", to_string(evidence.asked_scheme),
                      evidence.connection_scheme == Scheme::https ? "with TLS" : "in clear"));
      break;
    case Reason::client_authentication_differs:
    case Reason::sni_missing:
      add(fmt::format("client authentication {:016x} in the handshake, {:016x} for the authority",
                      evidence.handshake_policy.client_authentication,
                      evidence.owner_policy.client_authentication));
      break;
    case Reason::tls_policy_differs:
      add(fmt::format("TLS policy {:016x} in the handshake, {:016x} for the authority",
                      evidence.handshake_policy.tls, evidence.owner_policy.tls));
      break;
    case Reason::protocol_off:
      add(fmt::format("negotiated {}", to_string(evidence.protocol)));
      break;
    default:
      break;
  }
  return text;
}

}  // namespace

std::string_view to_string(Answer answer) {
  switch (answer) {
    case Answer::serve:
      return "serve";
    case Answer::bad_request:
      return "bad-request";
    case Answer::misdirected:
      return "misdirected";
    case Answer::not_found:
      return "not-found";
    case Answer::could_not_tell:
      return "could-not-tell";
  }
  return {};
}

int status(Answer answer) {
  switch (answer) {
    case Answer::bad_request:
      return 400;
    case Answer::misdirected:
      return 421;
    case Answer::not_found:
      return 404;
    case Answer::serve:
    case Answer::could_not_tell:
      return 0;
  }
  return 0;
}

std::string_view to_string(AuthorityField field) {
  switch (field) {
    case AuthorityField::none:
      return "none";
    case AuthorityField::host:
      return "Host";
    case AuthorityField::pseudo_authority:
      return ":authority";
    case AuthorityField::target:
      return "target";
  }
  return {};
}

std::string describe(const Verdict& verdict) {
  std::string_view outcome = to_string(verdict.answer);
  std::string text = status(verdict.answer) != 0 ? fmt::format("{} ", status(verdict.answer)) : std::string();
  const ReasonInfo& why = info(verdict.reason);
  std::string facts = compared(verdict);
  text += fmt::format("{} ({}): {}", outcome, why.id, why.sentence);
  if (!facts.empty()) text += fmt::format(" ({})", facts);
  return text;
}

}  // namespace astray
