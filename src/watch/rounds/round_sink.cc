#include "watch/rounds/round_sink.h"

namespace astray::watch {

RoundSink::RoundSink(const std::vector<ProbeNode>& nodes, const ProbeReport& report, RoundRecord& round)
    : report_(report), round_(round) {
  for (const ProbeNode& node : nodes) {
    const auto [place, is_new] = node_places_.try_emplace(node.endpoint.text(), round_.nodes.size());
    if (is_new) round_.nodes.emplace_back().node = place->first;
    std::vector<std::string>& names = round_.nodes[place->second].names;
    names.insert(names.end(), node.names.begin(), node.names.end());
  }
}

void RoundSink::cell(const ProbeCell& cell) {
  const bool failed = cell.verdict == CellVerdict::failed;
  NodeRecord& node = round_.nodes[node_places_.at(cell.connection->node.text())];
  ++node.cells;
  ++round_.cells;
  node.failed += failed ? 1 : 0;
  round_.failed += failed ? 1 : 0;
  node.answered = node.answered || cell.seen.status != 0 || cell.seen.handshake_done || !cell.seen.alert.empty();
  if (cell.seen.certificate != nullptr && certificates_.insert(to_hex(cell.seen.certificate->fingerprint)).second)
    round_.certificates.push_back(record_of(*cell.seen.certificate));
  if (std::optional<CellKey> key = key_of(*cell.connection, *cell.request))
    round_.answers.push_back(record_of(cell, std::move(*key), report_));
}

void RoundSink::finish(const ProbeSummary& summary) {
  round_.coalescible = coalescible_records(summary.outlook);
}

}  // namespace astray::watch
