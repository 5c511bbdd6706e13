// Which names share certificates and addresses, and what comes of it.
#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "report/probe_words.h"
#include "watch/page/board.h"

namespace astray::watch {
namespace {

/// Names and nodes of one certificate that are joined by answers: a name stands beside every node that gave
/// it.
struct Island {
  std::set<uint32_t> nodes, names, uncovered;
  bool meets(const std::set<uint32_t>& others) const {
    return std::ranges::any_of(others, [&](uint32_t node) { return nodes.contains(node); });
  }
};

void join_island(std::vector<Island>& islands, Island added) {
  std::vector<Island> apart;
  for (Island& island : islands) {
    if (!added.meets(island.nodes)) {
      apart.push_back(std::move(island));
      continue;
    }
    added.nodes.merge(island.nodes);
    added.names.merge(island.names);
    added.uncovered.merge(island.uncovered);
  }
  apart.push_back(std::move(added));
  islands = std::move(apart);
}

bool is_risky(CellVerdict verdict) {
  return verdict != CellVerdict::own && verdict != CellVerdict::indistinct &&
         verdict != CellVerdict::rejected_421 && verdict != CellVerdict::could_not_tell;
}

}  // namespace

std::vector<SharedCertificate> Board::shared_certificates(size_t least) const {
  std::map<uint32_t, std::vector<Island>> by_certificate;
  for (uint32_t name = 0; name < names_.size(); ++name) {
    std::map<uint32_t, Island> own;  // by certificate
    for (uint32_t node = 0; node < nodes_.size(); ++node)
      for (size_t lane = 0; lane < lanes_.size(); ++lane) {
        const Own& answer = own_[name][node * lane_room_ + lane];
        if (answer.certificate == 0) continue;
        Island& island = own[answer.certificate];
        island.nodes.insert(node);
        (answer.covers ? island.names : island.uncovered).insert(name);
      }
    for (auto& [certificate, island] : own) join_island(by_certificate[certificate], std::move(island));
  }
  std::vector<SharedCertificate> shared;
  const auto names_of = [](const std::set<uint32_t>& ids, const std::vector<std::string>& names) {
    std::vector<std::string> texts;
    for (const uint32_t id : ids) texts.push_back(names[id]);
    std::ranges::sort(texts);
    return texts;
  };
  for (const auto& [certificate, islands] : by_certificate)
    for (const Island& island : islands)
      if (island.names.size() + island.uncovered.size() >= least)
        shared.push_back({certificates_[certificate - 1], names_of(island.nodes, nodes_),
                          names_of(island.names, names_), names_of(island.uncovered, names_)});
  std::ranges::sort(shared, [](const SharedCertificate& a, const SharedCertificate& b) {
    return std::tuple(b.names.size(), a.fingerprint, a.nodes) <
           std::tuple(a.names.size(), b.fingerprint, b.nodes);
  });
  return shared;
}

bool Board::has_own(uint32_t name, size_t node) const {
  const auto first = own_[name].begin() + static_cast<std::ptrdiff_t>(node * lane_room_);
  return std::any_of(first, first + static_cast<std::ptrdiff_t>(lanes_.size()),
                     [](const Own& own) { return own.digest != 0; });
}

BoardCell Board::when_shared(uint32_t to, const uint8_t* cells) const {
  BoardCell worst;
  for (size_t node = 0; node < nodes_.size(); ++node)
    for (size_t lane = 0; lane < lanes_.size(); ++lane) {
      const uint8_t byte = cells[node * lane_room_ + lane];
      if (lanes_[lane].use == ConnectionUse::reused && (byte & covers_bit) != 0 && has_own(to, node))
        add_worse(worst, byte);
    }
  return worst;
}

std::vector<SharedPair> Board::risky_pairs(size_t most) const {
  std::vector<SharedPair> risky;
  for (const auto& [key, place] : pairs_) {
    const auto from = static_cast<uint32_t>(key >> 32);
    const auto to = static_cast<uint32_t>(key);
    const BoardCell worst = from == to ? BoardCell() : when_shared(to, &cells_[place * stride()]);
    if (worst.verdict && is_risky(*worst.verdict))
      risky.push_back({names_[from], names_[to], *worst.verdict});
  }
  const auto order = [](const SharedPair& a, const SharedPair& b) {
    return std::tuple(weight_of(b.worst), a.from, a.to) < std::tuple(weight_of(a.worst), b.from, b.to);
  };
  const size_t kept = std::min(most, risky.size());
  std::partial_sort(risky.begin(), risky.begin() + static_cast<std::ptrdiff_t>(kept), risky.end(), order);
  risky.resize(kept);
  return risky;
}

}  // namespace astray::watch
