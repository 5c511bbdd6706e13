#include "servers/model/behaviour.h"

namespace astray {

std::string_view to_string(HandshakeOutcome outcome) {
  switch (outcome) {
    case HandshakeOutcome::ok: return "ok";
    case HandshakeOutcome::rejected: return "rejected";
    case HandshakeOutcome::cleartext: return "cleartext";
    case HandshakeOutcome::unknowable: return "unknowable";
  }
  return "";
}

std::string_view to_string(AnswerOutcome outcome) {
  switch (outcome) {
    case AnswerOutcome::serve: return "serve";
    case AnswerOutcome::reject: return "reject";
    case AnswerOutcome::unknowable: return "unknowable";
  }
  return "";
}

std::string_view to_string(NameMatch match) {
  switch (match) {
    case NameMatch::exact: return "exact";
    case NameMatch::wildcard: return "wildcard";
    case NameMatch::regex: return "regex";
    case NameMatch::default_host: return "default";
  }
  return "";
}

Expected behave(const Behaviour& behaviour, ListenerId listener, const ConnectionFacts& connection,
                const RequestFacts& request) {
  Expected expected;
  expected.handshake = behaviour.handshake(listener, connection);
  switch (expected.handshake.outcome) {
    case HandshakeOutcome::rejected:
      expected.answer.outcome = AnswerOutcome::reject;
      expected.answer.reason = expected.handshake.reason;
      expected.answer.source = expected.handshake.source;
      break;
    case HandshakeOutcome::unknowable:
      expected.answer.source = expected.handshake.source;
      break;
    case HandshakeOutcome::ok:
    case HandshakeOutcome::cleartext:
      expected.answer = behaviour.answer(listener, connection, expected.handshake, request);
  }
  return expected;
}

}  // namespace astray
