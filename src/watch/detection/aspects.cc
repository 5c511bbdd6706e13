#include "watch/detection/aspects.h"

namespace astray::watch {

std::string_view to_string(Treatment treatment) {
  switch (treatment) {
    case Treatment::unknown:
      return "unknown";
    case Treatment::served:
      return "served";
    case Treatment::status_421:
      return "421";
    case Treatment::status_400:
      return "400";
    case Treatment::status_403:
      return "403";
    case Treatment::status_404:
      return "404";
    case Treatment::handshake_refused:
      return "a refused handshake";
    case Treatment::server_error:
      return "a server error";
    case Treatment::other_protocol:
      return "another protocol";
  }
  return {};
}

Treatment treatment_of(const CellAnswer& answer) {
  if (answer.verdict == CellVerdict::rejected_handshake) return Treatment::handshake_refused;
  if (answer.verdict == CellVerdict::other_protocol) return Treatment::other_protocol;
  if (is_silence(answer) || answer.status == 0) return Treatment::unknown;
  switch (answer.status) {
    case 421:
      return Treatment::status_421;
    case 400:
      return Treatment::status_400;
    case 403:
      return Treatment::status_403;
    case 404:
      return Treatment::status_404;
    default:
      return answer.status >= 500 ? Treatment::server_error : Treatment::served;
  }
}

bool is_refusal(Treatment treatment) {
  return treatment >= Treatment::status_421 && treatment <= Treatment::handshake_refused;
}

ClientDemand client_demand_of(const CellAnswer& answer) {
  if (is_silence(answer)) return ClientDemand::unknown;
  if (answer.reason == Reason::client_certificate_required ||
      answer.reason == Reason::client_certificate_untrusted)
    return ClientDemand::demanded;
  if (answer.client_certificate_requested) return ClientDemand::asked;
  // A handshake that was refused may not have come as far as to ask.
  return answer.verdict == CellVerdict::rejected_handshake ? ClientDemand::unknown : ClientDemand::none;
}

std::string protocol_of(const CellAnswer& answer) {
  return answer.reason == Reason::no_common_protocol ? "none" : answer.protocol;
}

std::string difference_of(const CellAnswer& answer) {
  return answer.source.empty() ? answer.difference : answer.difference + " (" + answer.source + ")";
}

bool is_silence(const CellAnswer& answer) {
  return answer.verdict == CellVerdict::failed;
}

}  // namespace astray::watch
