// Why, and what to do.
#include <fmt/format.h>

#include <algorithm>

#include "watch/detection/aspects.h"
#include "watch/detection/wording.h"
#include "watch/model/instant_text.h"

namespace astray::watch {
namespace {

/// The other nodes that were asked for the name and answer as is meant.
std::vector<std::string> well_peers(const Symptom& symptom, const Problem& problem, const RoundView& view) {
  std::vector<std::string> nodes;
  if (!symptom.record) return nodes;
  for (const size_t peer : view.peers(*symptom.record)) {
    const std::string& node = view.record(peer).key.node;
    const bool troubled = std::find(problem.nodes.begin(), problem.nodes.end(), node) != problem.nodes.end();
    if (!troubled && !is_silence(view.now(peer))) nodes.push_back(node);
  }
  return nodes;
}

/// "; 192.0.2.2:443 still answers as before" or "".
std::string peers_text(const Symptom& symptom, const Problem& problem, const RoundView& view,
                       std::string_view as_what) {
  const std::vector<std::string> peers = well_peers(symptom, problem, view);
  if (peers.empty()) return {};
  return fmt::format(" {} still {} {}.", first_few(peers), peers.size() == 1 ? "answers" : "answer", as_what);
}

std::string names_in(const CertificateRecord* certificate) {
  return certificate == nullptr || certificate->names.empty() ? "no name" : first_few(certificate->names);
}

std::string before_text(const Symptom& symptom) {
  return symptom.expected && !symptom.expected->certificate.empty()
             ? fmt::format("{} before", short_fingerprint(symptom.expected->certificate))
             : std::string("not known before");
}

std::string certificate_cause(const Problem& problem, const Symptom& symptom, const RoundView& view) {
  const CertificateRecord* certificate = view.certificate(symptom.what);
  const std::string shown =
      fmt::format("{} (for {})", short_fingerprint(symptom.what), names_in(certificate));
  switch (symptom.cause) {
    case Cause::renewed_without_name:
      return fmt::format("The certificate was renewed without {}: {}, {} now.{}",
                         first_few(problem.affected_names), before_text(symptom), shown,
                         peers_text(symptom, problem, view, "with a certificate that covers it"));
    case Cause::replaced_by_narrower:
      return fmt::format("The certificate was replaced by one that lacks {}: {}, {} now.{}",
                         first_few(problem.affected_names), before_text(symptom), shown,
                         peers_text(symptom, problem, view, "with a certificate that covers it"));
    case Cause::never_covered:
      return fmt::format("The certificate {} is shown for {}; that it ever covered it was not seen.{}", shown,
                         first_few(problem.affected_names), peers_text(symptom, problem, view, "for it"));
    case Cause::certificate_over:
      return fmt::format("The certificate {} was not renewed in time, or the renewed one is not loaded.{}",
                         shown, peers_text(symptom, problem, view, "for it"));
    case Cause::certificate_not_begun:
      return fmt::format(
          "The certificate {} begins in the future: a clock is wrong, here or where it was issued, "
          "or it was installed too early.{}",
          shown, peers_text(symptom, problem, view, "for it"));
    default:
      return fmt::format("The certificate {} runs out, and no other is shown yet.", shown);
  }
}

std::string hop_text(const Symptom& symptom) {
  return symptom.other.empty() || symptom.other == "unknown" ? "whoever wrote it" : symptom.other;
}

std::string refused_cause(const Problem& problem, const Symptom& symptom, const RoundView& view) {
  if (symptom.cause == Cause::back_without_sni)
    return fmt::format(
        "The 421 was written by {}, on a fresh connection whose SNI is the very name: who wrote it judged "
        "another "
        "connection, the one that a proxy opened to it without this SNI. The proxy in front no longer sends "
        "the "
        "name in SNI to its back, or sends another one.{}",
        hop_text(symptom), peers_text(symptom, problem, view, "as before"));
  std::string text =
      "Names that nobody configures get the same here: the name's virtual host is gone, or does "
      "not match it any more.";
  bool as_nobody = false;
  if (symptom.record) {
    for (const size_t other : view.answers_to_nobody(symptom.node))
      as_nobody = as_nobody || treatment_of(view.now(other)) == treatment_of(view.now(*symptom.record));
  }
  if (!as_nobody)
    text = fmt::format("It was {} before.",
                       symptom.expected ? to_string(treatment_of(*symptom.expected)) : "served");
  return text + peers_text(symptom, problem, view, "as before");
}

std::string page_cause(const Problem& problem, const Symptom& symptom, const RoundView& view) {
  const std::string peers = peers_text(symptom, problem, view, "with the name's own");
  const std::string where = peers.empty() ? "" : fmt::format(" on {} alone", first_few(problem.nodes));
  const std::string whose = symptom.other.empty() ? "what names get that nobody configures"
                                                  : fmt::format("that of {}", symptom.other);
  switch (symptom.cause) {
    case Cause::virtual_host_gone:
      return fmt::format("The virtual host of {} is gone{}, so the default one answers ({}).{}",
                         first_few(problem.affected_names), where, whose, peers);
    case Cause::wrong_back:
      return fmt::format(
          "The handshake is still the name's own, and the page is {}: the virtual host sends it to "
          "the wrong back{}, or the back no longer tells the names apart.{}",
          whose, where, peers);
    case Cause::default_or_wrong_back:
      return fmt::format("The page is {}: the virtual host of {} is gone{}, or sends it to the wrong back.{}",
                         whose, first_few(problem.affected_names), where, peers);
    case Cause::answers_by_sni:
      return "Requests are answered by the name that the connection was opened for, and not by the one they "
             "ask "
             "for.";
    case Cause::protection_passed:
      return "The client certificate is checked for the connection's name, and not for the one that is asked "
             "for.";
    default:
      return fmt::format("The answer is {}.", whose);
  }
}

std::string authentication_cause(const Problem& problem, const Symptom& symptom, const RoundView& view) {
  const std::string peers = peers_text(symptom, problem, view, "as before");
  switch (symptom.cause) {
    case Cause::client_certificate_demanded:
      return fmt::format(
          "Client authentication was turned on: who has no client certificate is refused. Clients "
          "that put these names on connections of others get 421 there, or are let in unchecked.{}",
          peers);
    case Cause::client_certificate_asked:
      return fmt::format(
          "Client authentication was turned on, and does not refuse who has no certificate; browsers "
          "may ask their users for one.{}",
          peers);
    default:
      return fmt::format("Client authentication was turned off: everyone is let in.{}", peers);
  }
}

std::string protocol_cause(const Problem& problem, const Symptom& symptom, const RoundView& view) {
  const std::string peers = peers_text(symptom, problem, view, "as before");
  if (symptom.cause == Cause::h2_new)
    return fmt::format(
        "h2 was turned on: clients that coalesce put names that share certificate and address on one "
        "connection from now on.{}",
        peers);
  return fmt::format(
      "h2 was turned off, or is no longer offered in ALPN: clients that coalesce (browsers) open a "
      "connection for each name again, and each carries one request at a time.{}",
      peers);
}

std::string certificate_step(const Problem& problem, const Symptom& symptom) {
  switch (symptom.cause) {
    case Cause::certificate_over:
    case Cause::certificate_running_out:
      return "renew the certificate and reload the server";
    case Cause::certificate_not_begun:
      return "compare the clocks (of this machine too), and go back to the certificate that was there before";
    default:
      return fmt::format("have the certificate issued again with {} in it, and reload the server",
                         first_few(problem.affected_names));
  }
}

std::string step_of_kind(const Problem& problem, const Symptom& symptom) {
  switch (problem.kind) {
    case ProblemKind::watcher_impaired:
      return "mend what is said; until then the watcher sees less than it should";
    case ProblemKind::nothing_answers:
      return "see whether this machine reaches the network at all, before looking at the servers";
    case ProblemKind::node_silent:
      return "see whether the server runs there and listens, or take the node out of DNS";
    case ProblemKind::certificate_expired:
    case ProblemKind::certificate_gap:
    case ProblemKind::certificate_expiring:
      return certificate_step(problem, symptom);
    case ProblemKind::newly_coalescible:
      return problem.severity == Severity::info
                 ? "nothing, when it is meant: the name gets its own answer there"
                 : "have the server answer 421 there, or keep the two names apart (certificate, address)";
    case ProblemKind::refused:
      if (symptom.cause == Cause::back_without_sni)
        return "have the proxy send the name in SNI to its back (nginx: proxy_ssl_server_name on, "
               "proxy_ssl_name; "
               "HAProxy: sni req.hdr(host))";
      break;
    case ProblemKind::refusals_rising:
      return "ask the log itself: astray explain LOG";
    case ProblemKind::drift:
      return "see whether the node runs this configuration and this release: reload it, or hand over the one "
             "that "
             "it runs";
    default:
      break;
  }
  if (symptom.cause == Cause::nodes_differ)
    return fmt::format("compare the configurations and the releases of {}{}", first_few(problem.nodes),
                       problem.nodes.size() == 1 ? " and of the others" : "");
  return fmt::format("compare the configuration of {} with what it was{}", first_few(problem.nodes),
                     problem.kind == ProblemKind::parity ? " or with that of the others" : "");
}

}  // namespace

std::string cause_of(const Problem& problem, const Symptom& symptom, const RoundView& view) {
  switch (problem.kind) {
    case ProblemKind::watcher_impaired:
      return "The watcher itself is in trouble.";
    case ProblemKind::nothing_answers:
      return fmt::format("More likely the network of the watcher than every server ({}).",
                         symptom.record ? to_string(view.now(*symptom.record).failure) : "no answer");
    case ProblemKind::node_silent:
      return fmt::format("Not one question was answered: {}.",
                         symptom.record ? to_string(view.now(*symptom.record).failure) : "no answer");
    case ProblemKind::certificate_expired:
    case ProblemKind::certificate_gap:
    case ProblemKind::certificate_expiring:
      return certificate_cause(problem, symptom, view);
    case ProblemKind::authentication_changed:
      return authentication_cause(problem, symptom, view);
    case ProblemKind::protocol_changed:
      return protocol_cause(problem, symptom, view);
    case ProblemKind::default_answering:
    case ProblemKind::misdirected:
      return page_cause(problem, symptom, view);
    case ProblemKind::refused:
      return symptom.scope == Scope::own
                 ? refused_cause(problem, symptom, view)
                 : "The server compares names as text, where SNI and Host mean the same.";
    case ProblemKind::newly_coalescible:
      return "The two names share certificate and address since now, and h2 is spoken.";
    case ProblemKind::refusals_rising:
      return "More clients than usual put the name on a connection that may not carry it.";
    case ProblemKind::drift:
      return "The node does not do what the configuration says: it runs another one, or another release.";
    default:
      if (symptom.cause == Cause::nodes_differ)
        return "It has been so since they were first asked, and nothing tells which of them is meant.";
      return symptom.sentence + "." + peers_text(symptom, problem, view, "as before");
  }
}

std::string next_step_of(const Problem& problem, const Symptom& symptom, const RoundView& view) {
  const std::string step = step_of_kind(problem, symptom);
  if (!symptom.record) return step;
  const std::string command = probe_command(view.record(*symptom.record).key);
  return command.empty() ? step : fmt::format("{}; to see it: {}", step, command);
}

}  // namespace astray::watch
