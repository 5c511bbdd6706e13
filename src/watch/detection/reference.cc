#include "watch/detection/reference.h"

#include <algorithm>
#include <tuple>

namespace astray::watch {
namespace {

constexpr size_t fewest_peers = 2;

auto aspects_of(const CellAnswer& answer) {
  return std::tuple(treatment_of(answer), client_demand_of(answer), std::string_view(answer.protocol));
}

/// What more than half of the nodes answered before anything went wrong; null when there is no such.
const CellAnswer* usual_of_peers(const RoundView& view, size_t record) {
  std::vector<const CellAnswer*> votes;
  for (const size_t peer : view.peers(record)) {
    const CellAnswer* established = view.established(peer);
    const CellAnswer* vote = established != nullptr ? established : &view.now(peer);
    if (!is_silence(*vote)) votes.push_back(vote);
  }
  if (votes.size() < fewest_peers) {
    // One peer alone proves nothing, unless it serves what this node does not.
    const Treatment own = treatment_of(view.now(record));
    const bool is_telling = votes.size() == 1 && treatment_of(*votes.front()) == Treatment::served &&
                            own != Treatment::served && own != Treatment::unknown;
    return is_telling ? votes.front() : nullptr;
  }
  // A node whose past does not tell has a vote itself: of nodes that are at two and two, none is odd.
  const size_t voters = votes.size() + (view.established(record) == nullptr ? 1 : 0);
  for (const CellAnswer* vote : votes) {
    const auto alike = std::count_if(votes.begin(), votes.end(), [&](const CellAnswer* other) {
      return aspects_of(*other) == aspects_of(*vote);
    });
    if (static_cast<size_t>(alike) * 2 > voters) return vote;
  }
  return nullptr;
}

}  // namespace

const CellAnswer* Reference::expected(ProblemKind kind) const {
  const Problem* problem = under_way(kind);
  return problem != nullptr ? &*problem->before : expected_;
}

const Problem* Reference::under_way(ProblemKind kind) const {
  const auto found = std::find_if(covering_.begin(), covering_.end(), [&](const Problem* problem) {
    // What was before is the answer to its first question: which protocol another offer had, that does not tell.
    const bool knows = kind != ProblemKind::protocol_changed || problem->evidence.empty() ||
                       problem->evidence.front().key.alpn == alpn_;
    return knows && (problem->kind == kind || problem->kind == ProblemKind::parity);
  });
  return found == covering_.end() ? nullptr : *found;
}

Reference reference_of(const RoundView& view, size_t record) {
  Reference reference;
  reference.covering_ = view.covering(record);
  reference.alpn_ = view.record(record).key.alpn;
  reference.unchanged_ = view.before(record);
  reference.expected_ = reference.unchanged_;
  reference.source_ = reference.unchanged_ != nullptr || !reference.covering_.empty()
                          ? Reference::Source::past
                          : Reference::Source::none;
  const bool has_changed =
      reference.unchanged_ == nullptr || aspects_of(*reference.unchanged_) != aspects_of(view.now(record));
  if (!has_changed) return reference;
  if (const CellAnswer* usual = usual_of_peers(view, record)) {
    reference.expected_ = usual;
    if (reference.source_ == Reference::Source::none) reference.source_ = Reference::Source::peers;
  }
  return reference;
}

}  // namespace astray::watch
