#include "report/topology_layout.h"

#include <algorithm>
#include <map>
#include <set>

namespace astray {
namespace {

constexpr double gap_between_columns = 330;  // for "AST006 shop.example.com → blog.example.com"
constexpr double width_of_clients = 110;
constexpr double height_of_a_label = 62;  // of a way: what it is, and its notes below
constexpr double gap_between_rows = 26;
constexpr double margin = 16;

/// The longest way from a client to each tier, in steps; a way back to where one has been counts for nothing.
std::vector<size_t> columns_of(const Tiers& tiers) {
  std::vector<std::vector<size_t>> next(tiers.tiers.size());
  for (const Tiers::Way& way : tiers.ways)
    if (way.to && *way.to != way.from) next[way.from].push_back(*way.to);

  enum class State : uint8_t { unseen, open, done };
  struct Step {
    size_t tier, way;
  };
  std::vector<State> states(tiers.tiers.size(), State::unseen);
  std::vector<size_t> order;  // what is led to comes before what leads there
  std::set<std::pair<size_t, size_t>> backwards;
  for (size_t start = 0; start < tiers.tiers.size(); ++start) {
    if (states[start] != State::unseen) continue;
    std::vector<Step> path{{start, 0}};
    states[start] = State::open;
    while (!path.empty()) {
      Step& step = path.back();
      if (step.way == next[step.tier].size()) {
        states[step.tier] = State::done;
        order.push_back(step.tier);
        path.pop_back();
        continue;
      }
      const size_t to = next[step.tier][step.way++];
      if (states[to] == State::open) backwards.emplace(step.tier, to);
      if (states[to] != State::unseen) continue;
      states[to] = State::open;
      path.push_back({to, 0});
    }
  }
  std::vector<size_t> columns(tiers.tiers.size(), 1);
  for (auto from = order.rbegin(); from != order.rend(); ++from)
    for (const size_t to : next[*from])
      if (!backwards.contains({*from, to})) columns[to] = std::max(columns[to], columns[*from] + 1);
  return columns;
}

/// Takes places in columns, from the top down.
class Columns {
 public:
  explicit Columns(TopologyLayout& layout) : layout_(layout) {}

  TopologyLayout::Box place(size_t column, size_t arrivals) {
    if (filled_.size() <= column) filled_.resize(column + 1, margin);
    TopologyLayout::Box box;
    box.x = margin + width_of_clients + gap_between_columns +
            static_cast<double>(column - 1) * (box.width + gap_between_columns);
    box.y = filled_[column];
    box.height = std::max(box.height, static_cast<double>(arrivals) * height_of_a_label);
    filled_[column] += box.height + gap_between_rows;
    layout_.width = std::max(layout_.width, box.right() + margin);
    layout_.height = std::max(layout_.height, box.y + box.height + margin);
    return box;
  }
  double filled(size_t column) const { return column < filled_.size() ? filled_[column] : margin; }

 private:
  TopologyLayout& layout_;
  std::vector<double> filled_;
};

}  // namespace

const TopologyLayout::Box& TopologyLayout::end_of(const Tiers::Way& way) const {
  if (way.to) return tiers[*way.to];
  const auto found = std::find(outside.begin(), outside.end(), way.address);
  return outside_boxes[static_cast<size_t>(found - outside.begin())];
}

TopologyLayout lay_out(const Tiers& tiers) {
  TopologyLayout layout;
  const std::vector<size_t> columns = columns_of(tiers);
  std::map<std::string, size_t> arrivals;  // by tier's number, or address
  const auto end = [](const Tiers::Way& way) { return way.to ? std::to_string(*way.to) : way.address; };
  for (const Tiers::Way& way : tiers.ways) ++arrivals[end(way)];

  Columns places(layout);
  for (size_t i = 0; i < tiers.tiers.size(); ++i)
    layout.tiers.push_back(places.place(columns[i], arrivals[std::to_string(i)]));
  std::set<std::string> known;
  for (const Tiers::Way& way : tiers.ways) {
    if (way.to || !known.insert(way.address).second) continue;
    layout.outside.push_back(way.address);
    layout.outside_boxes.push_back(places.place(columns[way.from] + 1, arrivals[way.address]));
  }
  std::map<std::string, size_t> arrived;
  for (const Tiers::Way& way : tiers.ways) {
    const TopologyLayout::Box& box = layout.end_of(way);
    const size_t number = ++arrived[end(way)];
    layout.arrivals.push_back(box.y + box.height * (static_cast<double>(number) - 0.5) /
                                          static_cast<double>(arrivals[end(way)]));
  }
  layout.clients.width = width_of_clients;
  layout.clients.x = margin;
  layout.clients.y = std::max(margin, (places.filled(1) - gap_between_rows - layout.clients.height) / 2);
  layout.height = std::max(layout.height, layout.clients.y + layout.clients.height + margin);
  return layout;
}

}  // namespace astray
