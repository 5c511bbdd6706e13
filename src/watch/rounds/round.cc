#include "watch/rounds/round.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "watch/detection/pages.h"
#include "watch/rounds/ask_again.h"
#include "watch/rounds/round_sink.h"

namespace astray::watch {
namespace {

/// Of a round's questions that evidence of problems may take up.
constexpr uint64_t share_of_evidence = 4;

ProbeReport report_for(const RoundFrame& frame) {
  return {frame.version, ShownPaths(std::filesystem::path(frame.settings.path).parent_path().string()),
          frame.settings.client_certificate_files};
}

ProbeOptions options_for(const RoundFrame& frame) {
  ProbeOptions options = frame.settings.probe;
  options.contact.now = frame.now;
  return options;
}

/// What the configurations say; lives as long as the run.
std::optional<Predictor> predictor_for(const RoundFrame& frame) {
  if (frame.configured.sites->empty()) return std::nullopt;
  std::vector<PredictedSite> sites;
  for (const Site& site : *frame.configured.sites) sites.push_back({site.deployment.get(), site.behaviour.get()});
  return Predictor(std::move(sites), frame.settings.client_authorities);
}

/// Takes the cells of the second run.
class AgainSink final : public CellSink {
 public:
  void cell(const ProbeCell& cell) override {
    if (const std::optional<CellKey> key = key_of(*cell.connection, *cell.request)) answers_[*key] = answer_of(cell);
  }
  void finish(const ProbeSummary&) override {}
  std::optional<CellAnswer> find(const CellKey& key) const {
    const auto found = answers_.find(key);
    return found == answers_.end() ? std::nullopt : std::optional<CellAnswer>(found->second);
  }

 private:
  std::map<CellKey, CellAnswer> answers_;
};

/// Every node that is watched, also those that this window leaves out.
void list_nodes(const ProbeNodes& found, RoundRecord& round) {
  std::set<std::string> listed;
  for (const NodeRecord& node : round.nodes) listed.insert(node.node);
  for (const ProbeNode& node : found.nodes) {
    if (listed.insert(node.endpoint.text()).second) round.nodes.emplace_back().node = node.endpoint.text();
  }
}

/// The pair in all ways that are asked without a client certificate; the own answers of its names come with them.
void add_asked_soon(const PairOnNode& pair, const Axes& axes, std::vector<std::string>& names,
                    std::vector<CellKey>& keys) {
  names.push_back(pair.to);
  names.push_back(pair.from);
  if (pair.from == pair.to) return;
  for (const AlpnOffer alpn : axes.alpns)
    for (const ConnectionUse use : axes.uses) keys.push_back({pair.node, pair.from, pair.to, alpn, use, 0});
}

}  // namespace

RoundPlan plan_round(const RoundFrame& frame) {
  std::vector<std::string> first;
  std::vector<CellKey> evidence;
  for (const PairOnNode& pair : frame.soon) add_asked_soon(pair, frame.settings.axes, first, evidence);
  for (const Problem& problem : frame.problems) {
    for (const std::string& name : {problem.to, problem.from})
      if (!name.empty()) first.push_back(name);
    first.insert(first.end(), problem.affected_names.begin(), problem.affected_names.end());
    for (const CellRecord& cell : problem.evidence)
      if (!cell.key.is_baseline()) evidence.push_back(cell.key);
  }
  const uint64_t most = frame.settings.pace.cells_per_round;
  const size_t kept = static_cast<size_t>(std::min<uint64_t>(evidence.size(), most / share_of_evidence));
  evidence.resize(kept);
  RoundPlan plan{window_of(frame.number, {frame.found.nodes, frame.settings.axes, most - kept, first}), {}};
  if (plan.window.cells == plan.window.cells_of_whole) return plan;  // they are among the others
  for (const CellKey& key : evidence) {
    if (std::optional<ConnectionQuestion> question = question_of(key, plan.window.nodes))
      plan.questions.push_back(std::move(*question));
  }
  return plan;
}

Task<AskedRound> ask_round(Asker& asker, const RoundFrame& frame) {
  AskedRound asked;
  asked.round.began = frame.now;
  RoundPlan planned = plan_round(frame);
  const Plan plan(planned.window.nodes, planned.window.axes, std::move(planned.questions));
  const std::optional<Predictor> predictor = predictor_for(frame);
  Assessor assessor(planned.window.nodes, frame.found.names, predictor ? &*predictor : nullptr,
                    frame.settings.clients);
  const ProbeReport report = report_for(frame);
  const ProbeOptions options = options_for(frame);
  RoundSink sink(planned.window.nodes, report, asked.round);
  const ProbeRun run{plan, options, assessor, sink, frame.progress, frame.stop};
  Task<ProbeSummary> asking = asker.ask(run);
  const ProbeSummary summary = co_await std::move(asking);
  asked.interrupted = summary.interrupted;
  asked.round.took = summary.took;
  asked.round.cells_of_whole = planned.window.cells_of_whole;
  list_nodes(frame.found, asked.round);
  keep_steady_pages(asked.round);
  co_return asked;
}

Task<std::vector<std::optional<CellAnswer>>> ask_suspicions(Asker& asker, const RoundFrame& frame,
                                                            const RoundRecord& round,
                                                            std::span<const Suspicion> suspicions) {
  std::vector<CellKey> keys;
  std::set<CellKey> suspected;
  for (const Suspicion& suspicion : suspicions) {
    if (suspected.insert(suspicion.key).second) keys.push_back(suspicion.key);
  }
  // Whose page an answer is can only be told beside that name's own.
  std::vector<std::string> owners;
  for (const CellRecord& record : round.answers) {
    if (suspected.count(record.key) != 0 && !record.answer.answered_as.empty())
      owners.push_back(record.answer.answered_as);
  }
  const AgainPlan again = again_plan(keys, owners, frame.found.nodes, frame.settings.axes);
  const Plan plan(again.nodes, again.axes, again.questions);
  const std::optional<Predictor> predictor = predictor_for(frame);
  Assessor assessor(again.nodes, frame.found.names, predictor ? &*predictor : nullptr, frame.settings.clients);
  const ProbeOptions options = options_for(frame);
  AgainSink sink;
  const ProbeRun run{plan, options, assessor, sink, {}, frame.stop};
  Task<ProbeSummary> asking = asker.ask(run);
  (void)co_await std::move(asking);
  std::vector<std::optional<CellAnswer>> answers;
  for (const Suspicion& suspicion : suspicions) answers.push_back(sink.find(suspicion.key));
  co_return answers;
}

}  // namespace astray::watch
