#include "gateway/routing/route_index.h"

#include <algorithm>
#include <bit>
#include <map>

namespace astray::gateway {
namespace {

// FNV-1a: a path is hashed up to each slash in one pass.
constexpr uint64_t hash_basis = 0xcbf29ce484222325;
constexpr uint64_t hash_step(uint64_t hash, char byte) {
  return (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
}
uint64_t hash_of_path(std::string_view text) {
  uint64_t hash = hash_basis;
  for (char byte : text) hash = hash_step(hash, byte);
  return hash;
}
/// FNV's low bits follow the last bytes too closely.
size_t first_slot(uint64_t hash, size_t slots) {
  return static_cast<size_t>((hash ^ (hash >> 29)) & (slots - 1));
}

bool can_be_filed(const RouteConditions& conditions) {
  const bool has_text = conditions.path_kind() == RouteConditions::PathKind::prefix ||
                        conditions.path_kind() == RouteConditions::PathKind::exact;
  const std::string_view text = conditions.path_text();
  return has_text && !text.empty() &&
         static_cast<size_t>(std::ranges::count(text, '/')) <= RouteIndex::most_segments;
}

}  // namespace

RouteIndex::RouteIndex(std::span<const RouteConditions* const> routes) {
  std::map<uint64_t, std::vector<uint32_t>> lists;
  for (uint32_t route = 0; route < routes.size(); ++route) {
    if (can_be_filed(*routes[route]))
      lists[hash_of_path(routes[route]->path_text())].push_back(route);
    else
      always_.push_back(route);
  }
  slots_.resize(std::bit_ceil(lists.size() * 2 + 1));
  for (const auto& [hash, list] : lists) {
    size_t at = first_slot(hash, slots_.size());
    while (slots_[at].size != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = {hash, static_cast<uint32_t>(filed_.size()), static_cast<uint32_t>(list.size())};
    filed_.insert(filed_.end(), list.begin(), list.end());
  }
}

std::span<const uint32_t> RouteIndex::find(uint64_t hash) const {
  for (size_t at = first_slot(hash, slots_.size()); slots_[at].size != 0; at = (at + 1) & (slots_.size() - 1))
    if (slots_[at].hash == hash) return std::span(filed_).subspan(slots_[at].begin, slots_[at].size);
  return {};
}

RouteIndex::Candidates RouteIndex::candidates(std::string_view path) const {
  Candidates found;
  found.add(always_);
  uint64_t hash = hash_basis;
  size_t slashes = 0;
  for (size_t at = 0; at < path.size(); ++at) {
    if (path[at] == '/') {
      if (at != 0) found.add(find(hash));
      // What is longer than what is filed finds nothing more.
      if (++slashes > most_segments) return found;
    }
    hash = hash_step(hash, path[at]);
  }
  found.add(find(hash));
  return found;
}

void RouteIndex::Candidates::add(std::span<const uint32_t> list) {
  if (!list.empty()) lists_[size_++] = list;
}

std::optional<uint32_t> RouteIndex::Candidates::next() {
  if (size_ == 0) return std::nullopt;
  const auto first = std::min_element(
      lists_.begin(), lists_.begin() + size_,
      [](std::span<const uint32_t> a, std::span<const uint32_t> b) { return a.front() < b.front(); });
  const uint32_t route = first->front();
  *first = first->subspan(1);
  if (first->empty()) *first = lists_[--size_];
  return route;
}

}  // namespace astray::gateway
