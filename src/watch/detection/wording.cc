#include "watch/detection/wording.h"

#include <fmt/format.h>

#include <algorithm>

#include "watch/detection/aspects.h"
#include "watch/model/instant_text.h"

namespace astray::watch {
namespace {

constexpr size_t listed = 4;

bool are_several(const Problem& problem) {
  return problem.nodes.size() != 1;
}
std::string nodes_of(const Problem& problem) {
  return first_few(problem.nodes);
}
std::string names_of(const Problem& problem) {
  return first_few(problem.affected_names);
}
/// "answer" or "answers", after the nodes.
std::string_view answer_verb(const Problem& problem) {
  return are_several(problem) ? "answer" : "answers";
}

const CellAnswer* answer_of(const Symptom& symptom, const RoundView& view) {
  return symptom.record ? &view.now(*symptom.record) : nullptr;
}

std::string certificate_sentence(const Problem& problem, const Symptom& symptom, const RoundView& view) {
  const CertificateRecord* certificate = view.certificate(symptom.what);
  const std::string shown =
      fmt::format("the certificate {} that {} {} for {}", short_fingerprint(symptom.what), nodes_of(problem),
                  are_several(problem) ? "show" : "shows", names_of(problem));
  if (problem.kind == ProblemKind::certificate_gap) {
    return fmt::format("{} {} not covered by {}", names_of(problem),
                       problem.affected_names.size() == 1 ? "is" : "are", shown);
  }
  const std::string from = certificate == nullptr ? "" : instant_text(certificate->not_before);
  const std::string until = certificate == nullptr ? "" : instant_text(certificate->not_after);
  switch (symptom.cause) {
    case Cause::certificate_over:
      return fmt::format("{} expired at {}", shown, until);
    case Cause::certificate_not_begun:
      return fmt::format("{} is not valid before {}", shown, from);
    default:
      return fmt::format("{} is valid until {} only", shown, until);
  }
}

std::string authentication_sentence(const Problem& problem, const Symptom& symptom) {
  switch (symptom.cause) {
    case Cause::client_certificate_demanded:
      return fmt::format("{} {} a client certificate for {}, and did not before", nodes_of(problem),
                         are_several(problem) ? "demand" : "demands", names_of(problem));
    case Cause::client_certificate_asked:
      return fmt::format("{} {} for a client certificate for {}, and did not before", nodes_of(problem),
                         are_several(problem) ? "ask" : "asks", names_of(problem));
    default:
      return fmt::format("{} no longer {} for a client certificate for {}", nodes_of(problem),
                         are_several(problem) ? "ask" : "asks", names_of(problem));
  }
}

std::string protocol_sentence(const Problem& problem, const Symptom& symptom) {
  if (symptom.cause == Cause::h2_new)
    return fmt::format("{} {} {} over h2, and did not before", nodes_of(problem), answer_verb(problem),
                       names_of(problem));
  return fmt::format("{} no longer {} {} over h2", nodes_of(problem),
                     are_several(problem) ? "answer" : "answers", names_of(problem));
}

std::string owner_text(const Symptom& symptom) {
  return symptom.other.empty() ? "names that nobody configures" : symptom.other;
}

std::string page_sentence(const Problem& problem, const Symptom& symptom) {
  if (problem.kind == ProblemKind::default_answering)
    return fmt::format("{} {} {} by the default virtual host, as {} {}", nodes_of(problem),
                       answer_verb(problem), names_of(problem), owner_text(symptom),
                       symptom.other.empty() ? "are" : "is");
  if (symptom.scope == Scope::own)
    return fmt::format("{} {} {} with the page of {}", nodes_of(problem), answer_verb(problem),
                       names_of(problem), owner_text(symptom));
  if (problem.affected_names.size() <= 2) return symptom.sentence;
  return fmt::format("{} {} requests for one name on another's connection {} ({})", nodes_of(problem),
                     answer_verb(problem), symptom.what, names_of(problem));
}

std::string refused_sentence(const Problem& problem, const Symptom& symptom, const RoundView& view) {
  const CellAnswer* now = answer_of(symptom, view);
  const std::string with = now == nullptr || now->status == 0 ? symptom.what : fmt::format("{}", now->status);
  return fmt::format("{} {} {} with {} on connections of {} own", nodes_of(problem), answer_verb(problem),
                     names_of(problem), with, problem.affected_names.size() == 1 ? "its" : "their");
}

std::string changed_sentence(const Problem& problem, const Symptom& symptom) {
  if (symptom.scope == Scope::own && symptom.what == "no answer")
    return fmt::format("{} no longer {} for {}, though for other names", nodes_of(problem),
                       answer_verb(problem), names_of(problem));
  if (problem.affected_names.size() <= 2 && problem.nodes.size() == 1) return symptom.sentence;
  return fmt::format("{} {} {} otherwise than before: {}", nodes_of(problem), answer_verb(problem),
                     names_of(problem), symptom.what);
}

std::string difference_sentence(const Problem& problem, const Symptom& symptom) {
  const std::string_view in_what = std::string_view(symptom.what).substr(symptom.what.find(" in "));
  return fmt::format("{} {} for {}{}: {}", nodes_of(problem),
                     are_several(problem) ? "differ" : "differs from the other nodes", names_of(problem), in_what,
                     symptom.other);
}

}  // namespace

std::string short_fingerprint(std::string_view fingerprint) {
  constexpr size_t digits = 16;
  return std::string(fingerprint.substr(0, digits));
}

std::string first_few(const std::vector<std::string>& texts) {
  std::string text;
  // One more is named rather than counted.
  const size_t shown = texts.size() <= listed + 1 ? texts.size() : listed;
  for (size_t i = 0; i < shown; ++i) {
    if (i > 0) text += i + 1 == texts.size() ? " and " : ", ";
    text += texts[i];
  }
  if (shown < texts.size()) text += fmt::format(" and {} more", texts.size() - shown);
  return text;
}

std::string sentence_of(const Problem& problem, const Symptom& symptom, const RoundView& view) {
  switch (problem.kind) {
    case ProblemKind::nothing_answers:
      return fmt::format("no node answers any more: {}", nodes_of(problem));
    case ProblemKind::node_silent:
      return fmt::format("{} {} not answer for any name", nodes_of(problem),
                         are_several(problem) ? "do" : "does");
    case ProblemKind::certificate_expired:
    case ProblemKind::certificate_gap:
    case ProblemKind::certificate_expiring:
      return certificate_sentence(problem, symptom, view);
    case ProblemKind::authentication_changed:
      return authentication_sentence(problem, symptom);
    case ProblemKind::protocol_changed:
      return protocol_sentence(problem, symptom);
    case ProblemKind::default_answering:
    case ProblemKind::misdirected:
      return page_sentence(problem, symptom);
    case ProblemKind::refused:
      return symptom.scope == Scope::own ? refused_sentence(problem, symptom, view) : symptom.sentence;
    case ProblemKind::verdict_changed:
      return changed_sentence(problem, symptom);
    case ProblemKind::parity:
      if (symptom.cause == Cause::nodes_differ) return difference_sentence(problem, symptom);
      return fmt::format("{} {} {} otherwise than the other nodes: {}", nodes_of(problem),
                         answer_verb(problem), names_of(problem), symptom.what);
    case ProblemKind::drift: {
      const CellAnswer* now = answer_of(symptom, view);
      return fmt::format("{} {} {} otherwise than configured: {}", nodes_of(problem), answer_verb(problem),
                         names_of(problem), now == nullptr ? symptom.what : difference_of(*now));
    }
    default:
      return symptom.sentence;
  }
}

}  // namespace astray::watch
