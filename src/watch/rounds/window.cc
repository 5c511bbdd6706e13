#include "watch/rounds/window.h"

#include <algorithm>
#include <unordered_set>

namespace astray::watch {
namespace {

/// Of all nodes, each once, in the order given.
std::vector<std::string> names_of(const std::vector<ProbeNode>& nodes) {
  std::vector<std::string> names;
  std::unordered_set<std::string> known;
  for (const ProbeNode& node : nodes) {
    for (const std::string& name : node.names) {
      if (known.insert(name).second) names.push_back(name);
    }
  }
  return names;
}

/// The nodes with these names alone, in this order.
std::vector<ProbeNode> narrowed(const std::vector<ProbeNode>& nodes, const std::vector<std::string>& names) {
  std::vector<ProbeNode> narrow;
  for (const ProbeNode& node : nodes) {
    std::unordered_map<std::string_view, size_t> places;
    for (size_t i = 0; i < node.names.size(); ++i) places.emplace(node.names[i], i);
    ProbeNode& kept = narrow.emplace_back(node.without_names());
    for (const std::string& name : names) {
      if (const auto place = places.find(name); place != places.end()) kept.add_name_of(node, place->second);
    }
  }
  return narrow;
}

uint64_t cells_of(const std::vector<ProbeNode>& nodes, Axes axes, Partners partners) {
  axes.partners = partners;
  return Plan(nodes, axes).cells();
}

uint64_t least_prime_from(uint64_t number) {
  const auto is_prime = [](uint64_t candidate) {
    for (uint64_t divisor = 2; divisor * divisor <= candidate; ++divisor)
      if (candidate % divisor == 0) return false;
    return candidate > 1;
  };
  while (!is_prime(number)) ++number;
  return number;
}

/// An endless row of names, one turn of all of them after the other. In turn t every name stands before the one
/// that is t + 1 places behind it in the order given: over a prime number of places any two names come to be
/// neighbours.
class TurningNames {
 public:
  explicit TurningNames(const std::vector<std::string>& names)
      : names_(names), places_(least_prime_from(std::max<uint64_t>(2, names.size()))) {}

  /// Every name of the row from `begin` on, until there are `count` different ones.
  std::vector<std::string> take(uint64_t begin, size_t count, std::vector<std::string> chosen) const {
    std::unordered_set<std::string> known(chosen.begin(), chosen.end());
    uint64_t turn = begin / names_.size();
    for (uint64_t skipped = begin % names_.size(); chosen.size() < count; skipped = 0, ++turn) {
      const uint64_t stride = turn % (places_ - 1) + 1;
      for (uint64_t i = 0; i < places_ && chosen.size() < count; ++i) {
        const uint64_t place = i * stride % places_;
        if (place >= names_.size()) continue;
        if (skipped > 0) {
          --skipped;
        } else if (known.insert(names_[place]).second) {
          chosen.push_back(names_[place]);
        }
      }
    }
    return chosen;
  }

 private:
  const std::vector<std::string>& names_;
  uint64_t places_;
};

/// Pairs take turns: as many as there is room for.
Window with_turning_pairs(uint64_t round, const WindowFrame& frame, uint64_t alone, uint64_t cells_of_partner) {
  size_t most_names = 0;
  for (const ProbeNode& node : frame.nodes) most_names = std::max(most_names, node.names.size());
  const uint64_t room = (frame.most_cells - alone) / cells_of_partner;
  const size_t count = static_cast<size_t>(std::min<uint64_t>(room, most_names - 1));
  Window window{.nodes = frame.nodes, .axes = frame.axes};
  window.axes.partners = Partners{static_cast<size_t>(round * count % (most_names - 1)), count};
  return window;
}

/// Names take turns: as many as there is room for, each paired with the next.
Window with_turning_names(uint64_t round, const WindowFrame& frame, const std::vector<std::string>& names) {
  const Partners next{0, 1};
  size_t fitting = 1, too_many = names.size();
  while (too_many - fitting > 1) {
    const size_t middle = fitting + (too_many - fitting) / 2;
    const std::vector<std::string> some(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(middle));
    (cells_of(narrowed(frame.nodes, some), frame.axes, next) <= frame.most_cells ? fitting : too_many) = middle;
  }
  std::vector<std::string> chosen;
  const std::unordered_set<std::string> known(names.begin(), names.end());
  for (const std::string& name : frame.first) {
    const bool is_new = std::find(chosen.begin(), chosen.end(), name) == chosen.end();
    if (chosen.size() < fitting / 2 && is_new && known.count(name) != 0) chosen.push_back(name);
  }
  const std::vector<std::string> some =
      TurningNames(names).take(round * (fitting - chosen.size()), fitting, std::move(chosen));
  Window window{.nodes = narrowed(frame.nodes, some), .axes = frame.axes, .has_all_names = false};
  window.axes.partners = next;
  return window;
}

}  // namespace

Window window_of(uint64_t round, const WindowFrame& frame) {
  const std::vector<std::string> names = names_of(frame.nodes);
  const Partners all{0, names.size()};
  const uint64_t whole = cells_of(frame.nodes, frame.axes, all);
  const uint64_t alone = cells_of(frame.nodes, frame.axes, {});
  const uint64_t with_one = cells_of(frame.nodes, frame.axes, {0, 1});
  Window window{.nodes = frame.nodes, .axes = frame.axes};
  window.axes.partners = all;
  if (whole > frame.most_cells && names.size() > 1) {
    const bool has_pairs_to_turn = with_one > alone && with_one <= frame.most_cells;
    window = has_pairs_to_turn ? with_turning_pairs(round, frame, alone, with_one - alone)
                               : with_turning_names(round, frame, names);
  }
  window.cells = Plan(window.nodes, window.axes).cells();
  window.cells_of_whole = whole;
  return window;
}

}  // namespace astray::watch
