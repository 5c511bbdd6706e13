#include "watch/outlets/metrics_memory.h"

#include <algorithm>
#include <functional>

#include "probe/plan_sections.h"
#include "report/probe_words.h"

namespace astray::watch {
namespace {

/// Who is no longer asked must not stand there as wrong for ever.
constexpr int64_t bad_cell_lasts_seconds = 24 * 3600;

bool is_good(CellVerdict verdict) {
  return verdict == CellVerdict::own || verdict == CellVerdict::indistinct;
}

/// What nodes must share to count as answering alike; the same as a probe's parity.
uint64_t print_of(const CellAnswer& answer) {
  const CellVerdict verdict = is_good(answer.verdict) ? CellVerdict::own : answer.verdict;
  std::string text = std::to_string(static_cast<int>(verdict));
  text += ' ' + std::to_string(answer.status) + ' ' + std::to_string(static_cast<int>(answer.failure));
  text += ' ' + answer.certificate + ' ' + answer.answered_as;
  return std::hash<std::string>()(text);
}

/// The cells of one name on one node in one round.
struct OwnAnswers {
  uint8_t asked = 0, good = 0;       ///< a bit for each AlpnOffer
  const CellRecord* told = nullptr;  ///< that is compared between nodes
};

/// Nodes are asked the same ways, so the same one is taken on each.
bool tells_better(const CellKey& a, const CellKey& b) {
  return std::tuple(a.client_certificate, b.alpn) < std::tuple(b.client_certificate, a.alpn);
}

void add_duration(web::DurationCounts& counts, Duration took) {
  const int64_t nanoseconds = std::max<int64_t>(took.count(), 0);
  const auto* bucket = std::ranges::lower_bound(web::DurationCounts::bounds, (nanoseconds + 999) / 1000);
  ++counts.in_bucket[static_cast<size_t>(bucket - web::DurationCounts::bounds.begin())];
  counts.sum += static_cast<uint64_t>(nanoseconds);
}

/// Null when there is no room.
template <typename Map>
auto* find_or_add(Map& map, const typename Map::key_type& key, size_t most) {
  const auto found = map.find(key);
  if (found != map.end()) return &found->second;
  return map.size() < most ? &map[key] : nullptr;
}

}  // namespace

void MetricsMemory::take(const RoundRecord& round) {
  left_out_ = {};
  take_baselines(round);
  take_pairs(round);
  take_certificates(round);
  take_nodes(round);
  take_counts(round);
}

void MetricsMemory::take_baselines(const RoundRecord& round) {
  std::map<BaselineKey, OwnAnswers> asked;
  for (const CellRecord& cell : round.answers) {
    if (!cell.key.is_baseline() || cell.key.authority == unconfigured_name) continue;
    OwnAnswers& own = asked[{cell.key.authority, cell.key.node}];
    const auto bit = static_cast<uint8_t>(1U << static_cast<unsigned>(cell.key.alpn));
    own.asked |= bit;
    if (is_good(cell.answer.verdict)) own.good |= bit;
    if (own.told == nullptr || tells_better(cell.key, own.told->key)) own.told = &cell;
  }
  for (const auto& [key, own] : asked) {
    Baseline* baseline = find_or_add(baselines_, key, limits_.baselines);
    if (baseline == nullptr) {
      ++left_out_.baselines;
      continue;
    }
    const CellAnswer& answer = own.told->answer;
    *baseline = {own.asked == own.good, print_of(answer), answer.certificate};
  }
}

void MetricsMemory::take_pairs(const RoundRecord& round) {
  for (const CellRecord& cell : round.answers) {
    if (cell.key.is_baseline()) continue;
    if (!is_misdirection(cell.answer.verdict))
      bad_cells_.erase(cell.key);
    else if (BadCell* bad = find_or_add(bad_cells_, cell.key, limits_.pairs))
      *bad = {cell.answer.verdict, round.began};
    else
      ++left_out_.pairs;
  }
  std::erase_if(bad_cells_, [&round](const auto& entry) {
    return entry.second.seen.unix_seconds + bad_cell_lasts_seconds < round.began.unix_seconds;
  });
}

void MetricsMemory::take_certificates(const RoundRecord& round) {
  std::set<std::string_view> presented;
  for (const auto& [key, baseline] : baselines_) presented.insert(baseline.certificate);
  std::erase_if(certificates_, [&presented](const auto& entry) { return !presented.contains(entry.first); });
  for (const CertificateRecord& certificate : round.certificates) {
    if (!presented.contains(certificate.fingerprint)) continue;
    Presented* kept = find_or_add(certificates_, certificate.fingerprint, limits_.certificates);
    if (kept == nullptr)
      ++left_out_.certificates;
    else
      *kept = {certificate.not_after,
               certificate.names.empty() ? certificate.subject : certificate.names.front()};
  }
}

void MetricsMemory::take_nodes(const RoundRecord& round) {
  for (const NodeRecord& record : round.nodes) {
    if (Node* node = find_or_add(nodes_, record.node, limits_.nodes))
      node->answers = record.answered;
    else
      ++left_out_.nodes;
  }
  for (const CellRecord& cell : round.answers) {
    const auto node = nodes_.find(cell.key.node);
    if (node != nodes_.end()) add_duration(node->second.durations, cell.took);
  }
}

void MetricsMemory::take_counts(const RoundRecord& round) {
  for (const ProblemEvent& event : round.events) ++events_.at(static_cast<size_t>(event.step));
  cells_failed_ += round.failed;
  for (const RefusalCount& refusals : round.refusals) {
    if (uint64_t* count = find_or_add(refusals_, refusals.node, limits_.logs))
      *count += refusals.count;
    else
      ++left_out_.logs;
  }
}

std::map<MetricsMemory::PairKey, CellVerdict> MetricsMemory::bad_pairs() const {
  std::map<PairKey, CellVerdict> pairs;
  for (const auto& [key, cell] : bad_cells_) {
    const auto [pair, is_new] = pairs.try_emplace({key.node, key.sni, key.authority}, cell.verdict);
    if (!is_new && weight_of(cell.verdict) > weight_of(pair->second)) pair->second = cell.verdict;
  }
  return pairs;
}

std::map<std::string, uint64_t> MetricsMemory::divergences() const {
  std::map<std::string, uint64_t> divergent;
  for (auto first = baselines_.begin(); first != baselines_.end();) {
    std::map<uint64_t, uint64_t> nodes_of_print;
    uint64_t nodes = 0, most = 0;
    auto last = first;
    for (; last != baselines_.end() && last->first.name == first->first.name; ++last) {
      most = std::max(most, ++nodes_of_print[last->second.print]);
      ++nodes;
    }
    if (most != nodes) divergent.emplace(first->first.name, nodes - most);
    first = last;
  }
  return divergent;
}

}  // namespace astray::watch
