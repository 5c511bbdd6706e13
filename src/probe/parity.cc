#include "probe/parity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <tuple>

namespace astray {
namespace {

CellVerdict counted_as(CellVerdict verdict) {
  switch (verdict) {
    case CellVerdict::own:
    case CellVerdict::indistinct:
    case CellVerdict::default_answer:
    case CellVerdict::could_not_tell:
      return CellVerdict::own;
    case CellVerdict::false_421:
      return CellVerdict::rejected_421;
    default:
      return verdict;
  }
}

uint64_t question_of(const ConnectionQuestion& connection, const RequestQuestion& request) {
  // What is sent may hold the node's port; what it spells does not.
  uint64_t hash = hash_number(static_cast<uint64_t>(connection.sni_spelling));
  hash =
      hash_text(connection.sni_spelling == Spelling::literal ? *connection.sni : connection.sni_name, hash);
  hash = hash_number(static_cast<uint64_t>(request.spelling) << 8 | static_cast<uint64_t>(request.placement),
                     hash);
  hash = hash_text(request.spelling == Spelling::literal ? *request.host : request.name, hash);
  hash = hash_text(request.other, hash);
  hash = hash_number(static_cast<uint64_t>(connection.use), hash);
  hash = hash_number(static_cast<uint64_t>(connection.protocol), hash);
  hash = hash_number(connection.client_certificate ? *connection.client_certificate + 1 : 0, hash);
  return hash_text(connection.session_of.value_or(""), hash);
}

/// Calls `compare` for each run of records that `same` holds together.
template <typename Records, typename Same, typename Compare>
void for_each_group(const Records& records, Same same, Compare compare) {
  for (size_t first = 0; first < records.size();) {
    size_t last = first + 1;
    while (last < records.size() && same(records[first], records[last])) ++last;
    if (last - first > 1) compare(std::span(records).subspan(first, last - first));
    first = last;
  }
}

std::string_view offer_text(AlpnOffer alpn) {
  return alpn == AlpnOffer::none ? "no ALPN" : to_string(alpn);
}

}  // namespace

Parity::ClassId Parity::class_of(const ProbeCell& cell, NameId answered_as) {
  AnswerClass answer{.verdict = counted_as(cell.verdict),
                     .status = cell.seen.status,
                     .certificate = 0,
                     .answered_as = NameId::none,
                     .failure = cell.seen.failure};
  if (cell.verdict == CellVerdict::misdirected) answer.answered_as = answered_as;
  if (cell.seen.certificate != nullptr && !cell.seen.resumed)
    std::memcpy(&answer.certificate, cell.seen.certificate->fingerprint.data(), sizeof(answer.certificate));
  uint64_t key =
      hash_number(static_cast<uint64_t>(answer.verdict) << 8 | static_cast<uint64_t>(answer.failure));
  key = hash_number(static_cast<uint64_t>(answer.status) << 32 | static_cast<uint32_t>(answer.answered_as),
                    key);
  key = hash_number(answer.certificate, key);
  const auto [place, added] = class_ids_.try_emplace(key, static_cast<ClassId>(classes_.size()));
  if (added) classes_.push_back(answer);
  return place->second;
}

void Parity::add(NodeIndex node, const ProbeCell& cell, NameId answered_as) {
  // Nothing was asked in the end.
  if (cell.seen.failure == ProbeFailure::no_session || cell.seen.failure == ProbeFailure::not_reusable ||
      cell.seen.failure == ProbeFailure::cancelled || cell.seen.failure == ProbeFailure::local_limit)
    return;
  records_.push_back({.question = question_of(*cell.connection, *cell.request),
                      .asked = names_.find(cell.request->name),
                      .answer = class_of(cell, answered_as),
                      .cell = static_cast<uint32_t>(cell.id),
                      .node = node,
                      .alpn = cell.connection->alpn,
                      .spelled_plainly = cell.request->spelling == Spelling::plain &&
                                         cell.request->placement == Placement::usual &&
                                         (cell.connection->sni_spelling == Spelling::plain ||
                                          cell.connection->protocol == PortProtocol::http)});
}

std::string Parity::describe(ClassId id, ClassId other) const {
  const AnswerClass& answer = classes_[static_cast<size_t>(id)];
  const AnswerClass& against = classes_[static_cast<size_t>(other)];
  std::string text;
  if (answer.verdict == CellVerdict::failed) {
    text = fmt::format("no answer ({})", to_string(answer.failure));
  } else if (answer.verdict == CellVerdict::rejected_handshake) {
    text = "a refused handshake";
  } else if (answer.verdict == CellVerdict::misdirected) {
    text = answer.answered_as == NameId::none
               ? fmt::format("{} of another virtual host", answer.status)
               : fmt::format("{} as {}", answer.status, names_.text(answer.answered_as));
  } else if (answer.verdict == CellVerdict::authentication_bypass) {
    text = fmt::format("{} without the client certificate it demands", answer.status);
  } else {
    text = std::to_string(answer.status);
  }
  if (answer.status == against.status && answer.verdict == against.verdict &&
      answer.certificate != against.certificate)
    text += fmt::format(" with the certificate {:016x}", __builtin_bswap64(answer.certificate));
  return text;
}

void Parity::find_differences(ProbeFindings& findings) {
  const auto by_node_group = [](const Record& a, const Record& b) {
    return std::tuple(a.question, a.alpn, a.cell) < std::tuple(b.question, b.alpn, b.cell);
  };
  std::sort(records_.begin(), records_.end(), by_node_group);
  for_each_group(
      records_, [](const Record& a, const Record& b) { return a.question == b.question && a.alpn == b.alpn; },
      [&](std::span<const Record> group) { compare_nodes(group, findings); });
  const auto by_protocol_group = [](const Record& a, const Record& b) {
    return std::tuple(a.question, a.node, a.cell) < std::tuple(b.question, b.node, b.cell);
  };
  std::sort(records_.begin(), records_.end(), by_protocol_group);
  for_each_group(
      records_, [](const Record& a, const Record& b) { return a.question == b.question && a.node == b.node; },
      [&](std::span<const Record> group) { compare_protocols(group, findings); });
}

void Parity::compare_nodes(std::span<const Record> group, ProbeFindings& findings) const {
  // The answer that most nodes give; of equally many, the first one's.
  std::vector<std::pair<const Record*, size_t>> answers;
  for (const Record& record : group) {
    const auto same = std::find_if(answers.begin(), answers.end(),
                                   [&](const auto& answer) { return answer.first->answer == record.answer; });
    if (same == answers.end()) {
      answers.emplace_back(&record, 1);
    } else {
      ++same->second;
    }
  }
  if (answers.size() == 1) return;
  const auto [usual, most] = *std::max_element(
      answers.begin(), answers.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  const std::string& asked = names_.text(usual->asked);
  for (const Record& odd : group) {
    if (odd.answer == usual->answer) continue;
    const std::string node = nodes_[static_cast<size_t>(odd.node)].endpoint.text();
    const std::string others = nodes_[static_cast<size_t>(usual->node)].endpoint.text();
    const std::string does = describe(odd.answer, usual->answer);
    const std::string they_do = describe(usual->answer, odd.answer);
    ProbeFinding finding{.kind = ProbeFindingKind::parity,
                         .severity = odd.spelled_plainly ? ProbeSeverity::warning : ProbeSeverity::info,
                         .from = {},
                         .to = asked,
                         .sentence = {},
                         .next_step = {},
                         .nodes = {},
                         .cells = {}};
    finding.sentence =
        fmt::format("{} answers {} with {}, where {}{} with {}", node,
                    asked.empty() ? "a request for no known name" : asked, does, others,
                    most > 1 ? fmt::format(" and {} more answer", most - 1) : " answers", they_do);
    finding.next_step = fmt::format(
        "compare the configuration, the certificates and the release of {} with those of {}", node, others);
    ProbeFinding* kept = findings.add(std::move(finding), fmt::format("nodes {} {} {}", node, does, they_do));
    if (kept == nullptr) continue;
    ProbeFindings::add_evidence(*kept, node, odd.cell);
    if (kept->cell_count == 1) ProbeFindings::add_evidence(*kept, "", usual->cell);
  }
}

void Parity::compare_protocols(std::span<const Record> group, ProbeFindings& findings) const {
  const Record& first = group.front();
  for (const Record& other : group.subspan(1)) {
    if (other.answer == first.answer || other.alpn == first.alpn) continue;
    const std::string& asked = names_.text(first.asked);
    const std::string node = nodes_[static_cast<size_t>(first.node)].endpoint.text();
    const std::string one = describe(first.answer, other.answer);
    const std::string two = describe(other.answer, first.answer);
    ProbeFinding finding{.kind = ProbeFindingKind::parity,
                         .severity = first.spelled_plainly ? ProbeSeverity::warning : ProbeSeverity::info,
                         .from = {},
                         .to = asked,
                         .sentence = {},
                         .next_step = {},
                         .nodes = {},
                         .cells = {}};
    finding.sentence = fmt::format("{} answers {} with {} where {} is offered, and with {} where {} is", node,
                                   asked.empty() ? "a request for no known name" : asked, one,
                                   offer_text(first.alpn), two, offer_text(other.alpn));
    finding.next_step =
        "one name should mean the same over every HTTP version: see which of the two is meant, and "
        "what in the configuration is said for one version alone";
    ProbeFinding* kept = findings.add(
        std::move(finding),
        fmt::format("protocols {} {} {} {}", one, two, offer_text(first.alpn), offer_text(other.alpn)));
    if (kept == nullptr) continue;
    ProbeFindings::add_evidence(*kept, node, first.cell);
    ProbeFindings::add_evidence(*kept, node, other.cell);
  }
}

}  // namespace astray
