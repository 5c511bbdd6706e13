#include "probe/assessor.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "probe/cell_judge.h"
#include "probe/cell_wording.h"
#include "probe/hop_fingerprint.h"
#include "probe/outlook.h"
#include "probe/parity.h"
#include "probe/probe_findings.h"
#include "probe/virtual_host_drift.h"

namespace astray {
namespace {

constexpr size_t names_in_a_note = 4;

/// "a, b, c and 12 more".
std::string first_few(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), names_in_a_note); ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > names_in_a_note) text += fmt::format(" and {} more", names.size() - names_in_a_note);
  return text;
}

/// What some server said, be it a refusal.
bool is_an_answer(const Observation& seen) {
  return seen.status != 0 || seen.failure == ProbeFailure::tls_alert ||
         seen.failure == ProbeFailure::other_protocol;
}

}  // namespace

struct Assessor::State {
  State(std::vector<ProbeNode> given_nodes, std::vector<ResolvedName> given_names,
        const Predictor* given_predictor, std::vector<const ClientProfile*> given_clients)
      : nodes(std::move(given_nodes)),
        resolved(std::move(given_names)),
        predictor(given_predictor),
        clients(std::move(given_clients)),
        judge(baselines, names),
        outlook(nodes, names, baselines),
        parity(nodes, names) {
    for (size_t i = 0; i < nodes.size(); ++i) {
      indices.emplace(nodes[i].endpoint, static_cast<NodeIndex>(i));
      for (const std::string& name : nodes[i].names) names.add(name);
    }
    answers_on_node.resize(nodes.size());
    answers_for_name.resize(names.all().size());
  }

  NodeIndex node_of(const ConnectionQuestion& connection) {
    const auto [place, added] = indices.try_emplace(connection.node, static_cast<NodeIndex>(nodes.size()));
    if (added) {
      nodes.push_back({.endpoint = connection.node, .protocol = connection.protocol, .names = {}});
      answers_on_node.emplace_back();
    }
    return place->second;
  }

  UnjudgedCell unjudged(const ProbeCell& cell) {
    const ConnectionQuestion& connection = *cell.connection;
    const RequestQuestion& request = *cell.request;
    UnjudgedCell unjudged{.node = node_of(connection),
                          .connection = connection,
                          .request = request,
                          .seen = cell.seen,
                          .print = print_of(cell.seen, sent_names(connection, request)),
                          .sni = names.find(connection.sni_name),
                          .asked = names.find(request.name),
                          .rival = NameId::none};
    const NameId other = names.find(request.other);
    switch (request.placement) {
      case Placement::absolute_conflict:
      case Placement::authority_conflict:
        // The target counts, not Host.
        unjudged.rival = unjudged.asked;
        unjudged.asked = other;
        break;
      case Placement::two_host_fields:
        unjudged.rival = other;
        break;
      default:
        break;
    }
    return unjudged;
  }

  void remember(const UnjudgedCell& cell, const ProbeCell& judged);
  void find_in_cell(const ProbeCell& cell);
  void find_drift(const ProbeCell& cell);
  void find_silent_names();
  void note_alike_names();
  void note_nodes();

  std::vector<ProbeNode> nodes;
  std::vector<ResolvedName> resolved;
  const Predictor* predictor;
  std::vector<const ClientProfile*> clients;
  NameTable names;
  Baselines baselines;
  CellJudge judge;
  Outlook outlook;
  Parity parity;
  VirtualHostDrift virtual_host_drift;
  ProbeFindings findings;
  ProbeSummary summary;
  std::map<Endpoint, NodeIndex> indices;

  struct Answers {
    uint64_t asked = 0, answered = 0;
    uint64_t first_cell = 0;
    std::string first_failure;
    void count(const ProbeCell& cell) {
      if (asked++ == 0) {
        first_cell = cell.id;
        first_failure = cell.seen.message.empty() ? to_string(cell.seen.failure) : cell.seen.message;
      }
      if (is_an_answer(cell.seen)) ++answered;
    }
  };
  std::vector<Answers> answers_on_node;
  std::vector<Answers> answers_for_name;  ///< baselines alone
  uint64_t last_id = 0;
  uint64_t resumed_predictions = 0, unchecked_chains = 0;
};

void Assessor::State::remember(const UnjudgedCell& cell, const ProbeCell& judged) {
  answers_on_node.at(static_cast<size_t>(cell.node)).count(judged);
  if (is_baseline(cell.connection, cell.request) && cell.asked != NameId::none) {
    answers_for_name.at(static_cast<size_t>(cell.asked)).count(judged);
    if (judged.seen.certificate != nullptr && judged.seen.trust == ChainTrust::not_checked)
      ++unchecked_chains;
    baselines.add(cell.node, cell.asked,
                  {.cell = judged.id,
                   .alpn = cell.connection.alpn,
                   .client_certificate = cell.connection.client_certificate,
                   .status = judged.seen.status,
                   .failure = judged.seen.failure,
                   .verdict = judged.verdict,
                   .refusal = client_refusal(judged.seen),
                   .protocol = judged.seen.protocol,
                   .print = cell.print,
                   .certificate = judged.seen.certificate,
                   .trust = judged.seen.trust,
                   .client_certificate_requested = judged.seen.client_certificate_requested,
                   .origin_frame = judged.seen.origin_frame,
                   .origin_set = judged.seen.origin_set});
  }
  if (judged.verdict == CellVerdict::default_answer && judged.seen.status < 400)
    baselines.add_default(cell.node, cell.print);
  outlook.add(cell.node, judged);
}

void Assessor::State::find_in_cell(const ProbeCell& cell) {
  const ConnectionQuestion& connection = *cell.connection;
  const RequestQuestion& request = *cell.request;
  ProbeFinding finding{.kind = ProbeFindingKind::misdirected,
                       .severity = ProbeSeverity::error,
                       .from = connection.sni_name,
                       .to = request.name,
                       .sentence = cell.sentence,
                       .next_step = {},
                       .nodes = {},
                       .cells = {}};
  std::string cause = fmt::format("{} {} {}", finding.from, finding.to, cell.answered_as);
  switch (cell.verdict) {
    case CellVerdict::misdirected:
      finding.next_step =
          cell.reason == Reason::certificate_gap
              ? fmt::format(
                    "give {} a virtual host with its own certificate on this node, or take the node out of "
                    "its DNS",
                    request.name)
              : fmt::format(
                    "have the server answer 421 where the connection may not carry {}, or give the name a "
                    "virtual host of its own there; `astray audit` of the configuration names the lines",
                    request.name);
      break;
    case CellVerdict::false_421:
      finding.kind = ProbeFindingKind::false_421;
      finding.next_step = cell.reason == Reason::protocol_off
                              ? "do not negotiate a protocol for a name that is not served in it: turn it "
                                "off in ALPN for this name's "
                                "handshake too"
                              : "compare names without regard to case, a trailing dot and the own port, and "
                                "answer 421 only where "
                                "another connection would do";
      break;
    case CellVerdict::authentication_bypass:
      finding.kind = ProbeFindingKind::authentication_bypass;
      finding.next_step = connection.session_of
                              ? "keep TLS sessions of names with and without client authentication apart "
                                "(session context, ticket "
                                "keys), and update the server: several releases mixed them up"
                              : "check the client certificate for the requested name, not for the "
                                "handshake's, or answer 421 where "
                                "the two differ";
      cause += connection.session_of                     ? " session"
               : connection.use == ConnectionUse::reused ? " reused"
                                                         : " fresh";
      break;
    default:
      return;
  }
  if (ProbeFinding* kept = findings.add(std::move(finding), cause))
    ProbeFindings::add_evidence(*kept, connection.node.text(), cell.id);
}

void Assessor::State::find_drift(const ProbeCell& cell) {
  const Prediction& prediction = cell.prediction;
  if (prediction.agreement != Agreement::differs) return;
  ProbeFinding finding{.kind = ProbeFindingKind::drift,
                       .severity = ProbeSeverity::error,
                       .from = cell.connection->sni_name,
                       .to = cell.request->name,
                       .sentence = {},
                       .next_step = {},
                       .nodes = {},
                       .cells = {}};
  finding.sentence =
      fmt::format("{} {}: {}{}", asked_text(*cell.request), connection_text(*cell.connection, cell.seen),
                  prediction.difference,
                  prediction.source.empty() ? "" : fmt::format(" (decided by {})", prediction.source));
  finding.next_step =
      "see whether the node runs this configuration and this release: reload it, or hand over the one it "
      "runs";
  ProbeFinding* kept =
      findings.add(std::move(finding), fmt::format("{} {}", prediction.difference, prediction.source));
  if (kept != nullptr) ProbeFindings::add_evidence(*kept, cell.connection->node.text(), cell.id);
}

void Assessor::State::find_silent_names() {
  for (size_t i = 0; i < answers_for_name.size(); ++i) {
    const Answers& answers = answers_for_name[i];
    if (answers.asked == 0 || answers.answered != 0) continue;
    const std::string& name = names.text(static_cast<NameId>(i));
    ProbeFinding finding{.kind = ProbeFindingKind::not_answered,
                         .severity = ProbeSeverity::warning,
                         .from = {},
                         .to = name,
                         .sentence = {},
                         .next_step = {},
                         .nodes = {},
                         .cells = {}};
    finding.sentence = fmt::format(
        "no node answered for {} on a connection of its own ({}), so there is no evidence "
        "about it",
        name, answers.first_failure);
    finding.next_step = "see that the addresses and ports are right and reachable from here, and run again";
    ProbeFinding* kept = findings.add(std::move(finding), name);
    if (kept == nullptr) continue;
    ProbeFindings::add_evidence(*kept, "", answers.first_cell);
    kept->cell_count = answers.asked;
    for (const ProbeNode& node : nodes) {
      if (kept->nodes.size() < ProbeFindings::most_cells &&
          std::find(node.names.begin(), node.names.end(), name) != node.names.end())
        kept->nodes.push_back(node.endpoint.text());
    }
  }
}

void Assessor::State::note_alike_names() {
  // Groups names by an answer that all of their baselines on a node share with another name's.
  std::vector<std::string> alike;
  for (size_t i = 0; i < names.all().size(); ++i) {
    const auto name = static_cast<NameId>(i);
    const bool is_shared = std::any_of(indices.begin(), indices.end(), [&](const auto& entry) {
      const std::vector<Baseline>& known = baselines.at(entry.second, name);
      return std::any_of(known.begin(), known.end(), [&](const Baseline& baseline) {
        return baseline.verdict == CellVerdict::own &&
               baselines.owners_of_exact(entry.second, baseline.print).has_others(name);
      });
    });
    if (is_shared) alike.push_back(names.text(name));
  }
  if (alike.empty()) return;
  summary.notes.push_back(
      fmt::format("{}: the own answers of these names are those of other names too, so nothing tells which "
                  "of them answered; a response field that names the virtual host would (--owner-field)",
                  first_few(alike)));
}

void Assessor::State::note_nodes() {
  std::vector<std::string> silent;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (answers_on_node[i].asked != 0 && answers_on_node[i].answered == 0)
      silent.push_back(fmt::format("{} ({})", nodes[i].endpoint.text(), answers_on_node[i].first_failure));
  }
  if (!silent.empty()) summary.notes.push_back(fmt::format("not one answer came from {}", first_few(silent)));
  if (resumed_predictions != 0)
    summary.notes.push_back(
        fmt::format("{} cells offered another name's session; they are predicted as full handshakes would "
                    "go, and where a resumed one was answered otherwise, that is not "
                    "held against the configuration",
                    resumed_predictions));
  if (unchecked_chains != 0)
    summary.notes.push_back(
        "certificate chains were not checked; the coalescing outlook takes them for trusted");
}

Assessor::Assessor(std::vector<ProbeNode> nodes, std::vector<ResolvedName> names, const Predictor* predictor,
                   std::vector<const ClientProfile*> clients)
    : state_(std::make_unique<State>(std::move(nodes), std::move(names), predictor, std::move(clients))) {}
Assessor::~Assessor() = default;

ProbeCell Assessor::assess(const ConnectionQuestion& connection, const RequestQuestion& request,
                           Observation seen, uint64_t id) {
  State& state = *state_;
  ProbeCell cell;
  ++state.summary.cells;
  state.last_id = id != 0 ? id : state.last_id + 1;
  cell.id = state.last_id;
  cell.connection = &connection;
  cell.request = &request;
  cell.seen = std::move(seen);
  if (connection.requests.empty() || &request == &connection.requests.front()) ++state.summary.connections;

  const UnjudgedCell unjudged = state.unjudged(cell);
  Judgement judgement = state.judge.judge(unjudged);
  cell.verdict = judgement.verdict;
  cell.reason = judgement.reason;
  cell.sentence = std::move(judgement.sentence);
  cell.answered_as = state.names.text(judgement.answered_as);
  cell.answered_by = hop_of(cell.seen);
  ++state.summary.by_verdict.at(static_cast<size_t>(cell.verdict));

  if (state.predictor != nullptr) {
    cell.prediction = state.predictor->predict(connection, request);
    if (is_cut_short(connection, cell.seen)) {
      if (cell.prediction.agreement != Agreement::not_predicted)
        cell.prediction.agreement = Agreement::unknowable;
    } else {
      state.predictor->compare(cell.prediction, cell.seen, cell.answered_as);
    }
    const Agreement agreement = cell.prediction.agreement;
    if (agreement == Agreement::agrees || agreement == Agreement::differs) ++state.summary.predicted;
    if (agreement != Agreement::not_predicted && connection.session_of) ++state.resumed_predictions;
    if (agreement == Agreement::agrees) ++state.summary.agreeing;
  }
  state.remember(unjudged, cell);
  if (!is_cut_short(connection, cell.seen)) state.parity.add(unjudged.node, cell, judgement.answered_as);
  state.find_in_cell(cell);
  state.find_drift(cell);
  if (is_baseline(connection, request) && unjudged.asked != NameId::none)
    state.virtual_host_drift.add(unjudged.node, unjudged.asked, cell, unjudged.print);
  return cell;
}

ProbeSummary Assessor::summarize() {
  State& state = *state_;
  ProbeSummary& summary = state.summary;
  summary.names = state.names.all();
  for (const ProbeNode& node : state.nodes) summary.nodes.push_back(node.endpoint.text());
  summary.outlook = state.outlook.rows(state.resolved, state.clients, state.findings, summary.notes);
  state.parity.find_differences(state.findings);
  state.virtual_host_drift.find(state.names, state.nodes, state.findings);
  state.find_silent_names();
  state.note_alike_names();
  state.note_nodes();
  summary.findings = state.findings.finish(summary.notes);
  return std::move(summary);
}

}  // namespace astray
