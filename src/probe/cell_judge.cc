#include "probe/cell_judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "names/host.h"
#include "probe/cell_wording.h"
#include "probe/hop_fingerprint.h"

namespace astray {
namespace {

bool in_clear(const UnjudgedCell& cell) {
  return cell.connection.protocol == PortProtocol::http;
}
bool is_ftp_or_smtp(PortProtocol protocol) {
  return protocol != PortProtocol::http && protocol != PortProtocol::https;
}

/// What 421 means where HTTP is not spoken; "" where the message says it already.
std::string note_on_421(const Observation& seen) {
  if (seen.message.find("not HTTP's") != std::string::npos) return "";
  const bool ftp = seen.message.find("FTP") != std::string::npos;
  const bool smtp = seen.message.find("SMTP") != std::string::npos;
  if (ftp == smtp)
    return "; FTP and SMTP have a 421 of their own, \"service not available\" (RFC 959 §4.2.2, RFC 5321 "
           "§4.2.3), "
           "which has nothing to do with HTTP's";
  return ftp ? "; 421 there is FTP's \"service not available, closing control connection\" (RFC 959 §4.2.2), "
               "often "
               "too many connections; it has nothing to do with HTTP's 421"
             : "; 421 there is SMTP's \"service not available, closing transmission channel\" (RFC 5321 "
               "§4.2.3); it "
               "has nothing to do with HTTP's 421";
}

}  // namespace

bool is_content(int status) {
  return status >= 200 && status < 400;
}

bool covers(const Certificate& certificate, const std::string& name) {
  const auto host = Host::parse(name);
  return host.has_value() && certificate.covers(*host);
}

std::string answered(const UnjudgedCell& cell) {
  return answered_text(cell.connection, cell.request, cell.seen);
}

bool is_baseline(const ConnectionQuestion& connection, const RequestQuestion& request) {
  if (connection.use != ConnectionUse::fresh || connection.session_of) return false;
  if (request.name.empty() || request.spelling != Spelling::plain || request.placement != Placement::usual)
    return false;
  if (connection.protocol == PortProtocol::http) return true;
  return connection.protocol == PortProtocol::https && connection.sni_spelling == Spelling::plain &&
         connection.sni_name == request.name;
}

bool is_cut_short(const ConnectionQuestion& connection, const Observation& seen) {
  if (connection.use != ConnectionUse::reused || seen.status != 0) return false;
  return seen.failure == ProbeFailure::closed_early || seen.failure == ProbeFailure::reset ||
         seen.failure == ProbeFailure::goaway;
}

const Baseline* CellJudge::own_baseline(const UnjudgedCell& cell) const {
  return baselines_.find(cell.node, cell.asked, cell.connection.alpn, cell.connection.client_certificate);
}

const Baseline* CellJudge::sni_baseline(const UnjudgedCell& cell) const {
  return baselines_.find(cell.node, cell.sni, cell.connection.alpn, cell.connection.client_certificate);
}

Judgement CellJudge::judge(const UnjudgedCell& cell) const {
  const Observation& seen = cell.seen;
  if (seen.failure == ProbeFailure::other_protocol || is_ftp_or_smtp(cell.connection.protocol) ||
      (seen.failure != ProbeFailure::none && seen.status != 421))
    return judge_failure(cell);
  if (seen.status == 421) return judge_421(cell);
  if (seen.status == 400) return judge_400(cell);
  if (cell.asked == NameId::none) return judge_unnamed(cell);
  if (is_baseline(cell.connection, cell.request)) return judge_baseline(cell);
  if (is_protected(cell) && is_content(seen.status)) return judge_protected(cell);
  const Baseline* own = own_baseline(cell);
  const bool refusal = seen.status == 403 || seen.status == 404;
  if (refusal && (own == nullptr || own->status != seen.status)) return judge_rejection(cell);
  return judge_content(cell);
}

Judgement CellJudge::judge_failure(const UnjudgedCell& cell) const {
  const Observation& seen = cell.seen;
  const std::string node = cell.connection.node.text();
  if (seen.failure == ProbeFailure::other_protocol ||
      (is_ftp_or_smtp(cell.connection.protocol) && seen.failure == ProbeFailure::none)) {
    return {
        CellVerdict::other_protocol, Reason::facts_missing, NameId::none,
        fmt::format("{} does not speak HTTP: {}{}", node,
                    seen.message.empty() ? "another protocol answered" : seen.message, note_on_421(seen))};
  }
  const std::string what =
      fmt::format("{} {}", asked_text(cell.request), connection_text(cell.connection, seen));
  if (seen.failure == ProbeFailure::no_session)
    return {
        CellVerdict::could_not_tell, Reason::facts_missing, NameId::none,
        fmt::format("{} gave no session of {} that could be offered again, so resumption could not be tried",
                    node, cell.connection.session_of.value_or("the name"))};
  if (seen.failure == ProbeFailure::not_reusable)
    return {CellVerdict::could_not_tell, Reason::facts_missing, NameId::none,
            fmt::format("{} was not asked for {}: {}", node, what, seen.message)};
  if (is_cut_short(cell.connection, seen)) {
    return {CellVerdict::failed, Reason::facts_missing, NameId::none,
            fmt::format(
                "{} ended the connection opened for {} before it was asked for {} ({}), as servers do after "
                "some refusals",
                node, cell.connection.sni.value_or("no name"), asked_text(cell.request),
                seen.message.empty() ? to_string(seen.failure) : seen.message)};
  }
  if (seen.failure != ProbeFailure::tls_alert) {
    return {
        CellVerdict::failed, Reason::facts_missing, NameId::none,
        fmt::format("{} did not answer {}: {} (stage {})", node, what,
                    seen.message.empty() ? to_string(seen.failure) : seen.message, to_string(seen.stage))};
  }
  Reason reason = Reason::handshake_rejected;
  const ClientRefusal refusal = client_refusal(seen);
  if (seen.alert == "no_application_protocol" || seen.alert == "protocol_version") {
    reason = Reason::no_common_protocol;
  } else if (refusal == ClientRefusal::certificate_untrusted ||
             (refusal != ClientRefusal::none && cell.connection.client_certificate)) {
    reason = Reason::client_certificate_untrusted;
  } else if (refusal == ClientRefusal::certificate_missing) {
    reason = Reason::client_certificate_required;
  } else if (cell.sni == NameId::none) {
    reason = Reason::sni_required;
  }
  return {CellVerdict::rejected_handshake, reason, NameId::none,
          fmt::format("{} refused {} with the alert {}", node, what,
                      seen.alert.empty() ? "(unknown)" : seen.alert)};
}

Judgement CellJudge::judge_400(const UnjudgedCell& cell) const {
  Judgement judgement{CellVerdict::rejected_400, Reason::facts_missing, NameId::none, answered(cell)};
  const RequestQuestion& request = cell.request;
  const ClientRefusal refusal = client_refusal(cell.seen);
  const std::string& body = cell.seen.body.excerpt;
  const Baseline* own = own_baseline(cell);
  if (own != nullptr && own->status == 400 && own->refusal == ClientRefusal::none)
    judgement.answered_as = cell.asked;
  if (request.spelling == Spelling::none || request.spelling == Spelling::empty) {
    judgement.reason = Reason::authority_missing;
  } else if (request.placement == Placement::two_host_fields) {
    judgement.reason = Reason::authority_duplicated;
  } else if (request.placement == Placement::authority_conflict) {
    judgement.reason = Reason::authority_host_conflict;
  } else if (request.placement == Placement::absolute_conflict) {
    judgement.reason = Reason::authority_target_conflict;
  } else if (refusal == ClientRefusal::certificate_untrusted) {
    judgement.reason = Reason::client_certificate_untrusted;
  } else if (refusal == ClientRefusal::certificate_missing) {
    judgement.reason = Reason::client_certificate_required;
  } else if (body.find("Invalid SNI") != std::string::npos) {
    judgement.reason = Reason::certificate_gap;
    judgement.sentence += ", as Jetty does for a name that the presented certificate does not cover";
  } else if (body.find("plain HTTP request was sent to HTTPS port") != std::string::npos ||
             body.find("speaking plain HTTP to an SSL-enabled server port") != std::string::npos) {
    judgement.reason = Reason::scheme_mismatch;
  } else if (request.spelling == Spelling::wrong_port) {
    judgement.reason = Reason::port_differs;
  } else if (request.spelling != Spelling::plain && judgement.answered_as == NameId::none) {
    judgement.reason = Reason::authority_malformed;
  }
  return judgement;
}

Judgement CellJudge::judge_unnamed(const UnjudgedCell& cell) const {
  Judgement judgement{CellVerdict::default_answer, Reason::default_virtual_host, NameId::none,
                      answered(cell)};
  if (cell.seen.status == 403 || cell.seen.status == 404) {
    judgement.verdict = cell.seen.status == 403 ? CellVerdict::rejected_403 : CellVerdict::rejected_404;
    judgement.reason = cell.request.host ? Reason::unowned : Reason::authority_missing;
    return judgement;
  }
  if (!is_content(cell.seen.status)) return judgement;
  const Owners& exact = baselines_.owners_of_exact(cell.node, cell.print);
  const Owners& owners = exact.count != 0 ? exact : baselines_.owners_of_folded(cell.node, cell.print);
  if (owners.count == 1 && owners.first != NameId::default_host) {
    judgement.answered_as = owners.first;
    judgement.sentence += fmt::format(", as it answers {}", names_.text(owners.first));
  } else if (owners.count > 1) {
    judgement.sentence += fmt::format(", as it answers {} and other names", names_.text(owners.first));
  }
  return judgement;
}

NameId CellJudge::first_covered(const Certificate& certificate) const {
  // A wildcard is tried on the first names alone: this is asked for every name of a run.
  constexpr size_t tried = 64;
  for (const CertificateName& covered : certificate.names) {
    if (covered.is_wildcard()) continue;
    if (const NameId known = names_.find(covered.text()); known != NameId::none) return known;
  }
  const std::vector<std::string>& all = names_.all();
  for (size_t i = 0; i < std::min(all.size(), tried); ++i) {
    if (covers(certificate, all[i])) return static_cast<NameId>(i);
  }
  return NameId::none;
}

Judgement CellJudge::judge_baseline(const UnjudgedCell& cell) const {
  const std::string& name = names_.text(cell.asked);
  const ClientRefusal refusal = client_refusal(cell.seen);
  if (refusal != ClientRefusal::none && cell.seen.status == 403) {
    return {CellVerdict::rejected_403,
            cell.connection.client_certificate ? Reason::client_certificate_untrusted
                                               : Reason::client_certificate_required,
            NameId::none, answered(cell) + " after asking for a client certificate"};
  }
  // Another virtual host's certificate on the name's own handshake.
  if (cell.seen.certificate != nullptr && !covers(*cell.seen.certificate, name)) {
    if (const NameId owner = first_covered(*cell.seen.certificate); owner != NameId::none) {
      return {CellVerdict::misdirected, Reason::certificate_gap, NameId::none,
              fmt::format("{}, and with a certificate that covers {} and not {}", answered(cell),
                          names_.text(owner), name)};
    }
    return {CellVerdict::own, Reason::own_name, cell.asked,
            fmt::format("{}, its own answer, but the certificate does not cover {}", answered(cell), name)};
  }
  // Other nodes may have shown this very page as another name's, and another page as this one's. A name that
  // has several pages proves nothing: one of them may be what all names get where nothing is set up yet.
  const NameId other = baselines_.owners_of_exact(cell.print).other_than(cell.asked);
  if (other != NameId::none && is_content(cell.seen.status) && baselines_.is_steady(other) &&
      baselines_.known_elsewhere(cell.node, other) && !baselines_.is_own_anywhere(cell.asked, cell.print) &&
      baselines_.known_elsewhere(cell.node, cell.asked)) {
    return {CellVerdict::misdirected, Reason::default_virtual_host, other,
            fmt::format("{}, which elsewhere is the answer of {}", answered(cell), names_.text(other))};
  }
  return {CellVerdict::own, Reason::own_name, cell.asked, answered(cell) + ", its own answer"};
}

Judgement CellJudge::judge_rejection(const UnjudgedCell& cell) const {
  Judgement judgement{cell.seen.status == 403 ? CellVerdict::rejected_403 : CellVerdict::rejected_404,
                      Reason::facts_missing, NameId::none, answered(cell)};
  const Baseline* own = own_baseline(cell);
  if (cell.seen.status == 404) {
    judgement.reason = Reason::unowned;
  } else if (client_refusal(cell.seen) != ClientRefusal::none) {
    judgement.reason = Reason::client_certificate_required;
  } else if (!in_clear(cell) && !cell.connection.sni) {
    judgement.reason = Reason::sni_missing;
  } else if (cell.sni != NameId::none && cell.sni != cell.asked) {
    judgement.reason = Reason::name_differs_from_sni;
  }
  if (own != nullptr && own->status != 0)
    judgement.sentence += fmt::format(", although {} answers {} on a connection of its own",
                                      names_.text(cell.asked), own->status);
  return judgement;
}

bool CellJudge::is_protected(const UnjudgedCell& cell) const {
  const Baseline* own = own_baseline(cell);
  if (own == nullptr || own->refusal == ClientRefusal::none) return false;
  // With the name's own full handshake it is the name's own policy that lets the request pass.
  const bool own_handshake = cell.sni == cell.asked && cell.connection.sni_spelling == Spelling::plain &&
                             !cell.connection.session_of;
  return !own_handshake || cell.connection.use == ConnectionUse::reused;
}

Judgement CellJudge::judge_protected(const UnjudgedCell& cell) const {
  const std::string& name = names_.text(cell.asked);
  bool is_known_content = false;
  for (const Baseline& baseline : baselines_.at(cell.node, cell.asked)) {
    is_known_content = is_known_content || (baseline.refusal == ClientRefusal::none && baseline.status != 0 &&
                                            baseline.print.exact == cell.print.exact);
  }
  if (!is_known_content) {
    const Owners& exact = baselines_.owners_of_exact(cell.node, cell.print);
    const Owners& owners = exact.count != 0 ? exact : baselines_.owners_of_folded(cell.node, cell.print);
    // A page that several names share may be this name's too.
    if (owners.count == 1) return misdirected(cell, owners.first);
    if (owners.count > 1) return unmatched(cell);
    const NameId changing = baselines_.changing_owners(cell.node, cell.print).other_than(cell.asked);
    const bool by_default = baselines_.resembles_default(cell.node, cell.print);
    if (changing != NameId::none || by_default) {
      return {CellVerdict::could_not_tell, Reason::client_authentication_differs, NameId::none,
              fmt::format(
                  "{}; {} refuses clients without a certificate on its own connection, but this may be {}, "
                  "so whether its protection was passed could not be told",
                  answered(cell), name,
                  by_default ? "the default virtual host's page"
                             : fmt::format("the changing page of {}", names_.text(changing)))};
    }
  }
  return {CellVerdict::authentication_bypass, Reason::client_authentication_differs,
          is_known_content ? cell.asked : NameId::none,
          fmt::format("{}{}, although {} refuses {} on a connection of its own", answered(cell),
                      is_known_content ? ", the name's own page" : "", name,
                      cell.connection.client_certificate ? "this client certificate"
                                                         : "clients without a certificate")};
}

}  // namespace astray
