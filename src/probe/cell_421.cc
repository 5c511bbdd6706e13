// What a 421 means: a refusal to carry another name's request, or one that no client can do anything about.
#include <fmt/format.h>

#include "probe/cell_judge.h"
#include "probe/hop_fingerprint.h"

namespace astray {
namespace {

/// Whether the Host means the connection's own name and port, however it is written.
bool is_the_same_name(Spelling spelling) {
  return spelling == Spelling::plain || spelling == Spelling::upper_case ||
         spelling == Spelling::trailing_dot || spelling == Spelling::with_port;
}

}  // namespace

Reason CellJudge::reason_of_421(const UnjudgedCell& cell) const {
  switch (cell.request.placement) {
    case Placement::absolute_conflict:
      return Reason::authority_target_conflict;
    case Placement::authority_conflict:
      return Reason::authority_host_conflict;
    case Placement::two_host_fields:
      return Reason::authority_duplicated;
    default:
      break;
  }
  if (cell.connection.protocol == PortProtocol::http) return Reason::scheme_mismatch;
  if (cell.asked == NameId::none) return cell.request.host ? Reason::unowned : Reason::authority_missing;
  if (!cell.connection.sni) return Reason::sni_missing;
  if (cell.request.spelling == Spelling::wrong_port) return Reason::port_differs;

  const std::string& name = names_.text(cell.asked);
  const Baseline* own = own_baseline(cell);
  const Baseline* opener = sni_baseline(cell);
  const bool own_demands =
      own != nullptr && (own->client_certificate_requested || own->refusal != ClientRefusal::none);
  const bool opener_demands =
      opener != nullptr && (opener->client_certificate_requested || opener->refusal != ClientRefusal::none);
  if (own_demands != opener_demands && own != nullptr && opener != nullptr)
    return Reason::client_authentication_differs;
  if (cell.seen.resumed && cell.connection.session_of) return Reason::client_authentication_differs;
  if (cell.seen.certificate != nullptr && !covers(*cell.seen.certificate, name))
    return Reason::certificate_gap;
  if (own != nullptr && own->alpn == cell.connection.alpn && own->status != 0 &&
      own->protocol != cell.seen.protocol)
    return Reason::protocol_off;
  return Reason::name_differs_from_sni;
}

Judgement CellJudge::judge_421(const UnjudgedCell& cell) const {
  const HopSoftware hop = hop_of(cell.seen);
  const std::string who = hop == HopSoftware::unknown ? "" : fmt::format(" (written by {})", name_of(hop));
  const std::string said = answered(cell) + who;
  const std::string& name = names_.text(cell.asked);
  const bool two_names = cell.request.placement == Placement::absolute_conflict ||
                         cell.request.placement == Placement::authority_conflict ||
                         cell.request.placement == Placement::two_host_fields;
  const bool other_session =
      cell.connection.session_of && *cell.connection.session_of != name && cell.seen.resumed;
  const bool own_connection = cell.connection.use == ConnectionUse::fresh && cell.asked != NameId::none &&
                              cell.sni == cell.asked && is_the_same_name(cell.request.spelling) &&
                              !two_names && !other_session;
  if (!own_connection) {
    const Reason reason = reason_of_421(cell);
    return {CellVerdict::rejected_421, reason, NameId::none,
            fmt::format("{}: {}", said, info(reason).sentence)};
  }
  if (cell.seen.certificate != nullptr && !covers(*cell.seen.certificate, name)) {
    return {CellVerdict::rejected_421, Reason::unowned, NameId::none,
            fmt::format("{}, and its certificate does not cover {}: this server does not own the name", said,
                        name)};
  }
  // A name that is served in another HTTP version is refused for the version, and a client cannot know.
  bool served_otherwise = false, served_plainly = false;
  for (const Baseline& baseline : baselines_.at(cell.node, cell.asked)) {
    const bool served = baseline.status != 0 && baseline.status != 421;
    served_plainly = served_plainly || (served && baseline.alpn == cell.connection.alpn);
    served_otherwise = served_otherwise || (served && baseline.alpn != cell.connection.alpn);
  }
  const bool odd =
      cell.request.spelling != Spelling::plain || cell.connection.sni_spelling != Spelling::plain;
  const Reason reason = odd && served_plainly                 ? Reason::name_differs_from_sni
                        : served_otherwise && !served_plainly ? Reason::protocol_off
                                                              : Reason::own_name;
  std::string why = "the connection was opened for this very name, so trying again on another cannot help";
  if (reason == Reason::name_differs_from_sni)
    why = "the name is the SNI's, only written in another way, and its plain spelling is answered";
  if (reason == Reason::protocol_off)
    why = fmt::format("the name is answered in another HTTP version, yet {} was negotiated for it",
                      to_string(cell.seen.protocol));
  return {CellVerdict::false_421, reason, NameId::none, fmt::format("{}: {}", said, why)};
}

}  // namespace astray
