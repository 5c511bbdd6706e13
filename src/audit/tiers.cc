#include "audit/tiers.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "audit/back_edges.h"

namespace astray {
namespace {

constexpr size_t most_listeners_named = 8;
/// Marks on one tier or way: a drawing needs a few, the list of findings has all.
constexpr size_t most_marks = 50;

std::string place_key(const Place& place) {
  return fmt::format("{}:{}:{}", place.file, place.line, place.column);
}

void add_mark(std::vector<Tiers::Mark>& marks, const Finding& finding) {
  const bool is_known = std::any_of(marks.begin(), marks.end(), [&](const Tiers::Mark& mark) {
    return mark.rule_id == finding.rule_id && mark.from_name == finding.from_name && mark.to_name == finding.to_name;
  });
  if (!is_known && marks.size() < most_marks)
    marks.push_back({finding.rule_id, finding.severity, finding.from_name, finding.to_name});
}

/// Calls `take(edge, span)` for each back edge, those of passthrough listeners too.
template <typename Take>
void for_each_edge(const Deployment& deployment, const Take& take) {
  for (const VirtualHost& host : deployment.virtual_hosts)
    for (const BackEdge& edge : host.back_edges) take(edge, edge.span);
  for (const Listener& listener : deployment.listeners)
    for (const PassthroughRoute& route : listener.routes)
      take(route.back, route.back.span.known() ? route.back.span : route.span);
}

class Drawing {
 public:
  explicit Drawing(const Topology& topology) : topology_(topology) {
    for (size_t site = 0; site < topology.sites().size(); ++site) add_tier(static_cast<SiteId>(site));
    for (size_t site = 0; site < topology.sites().size(); ++site) add_ways(static_cast<SiteId>(site));
    const std::vector<bool> fronts = fronts_of(topology);
    for (size_t site = 0; site < fronts.size(); ++site) tiers_.tiers[site].is_front = fronts[site];
  }

  void mark(const Finding& finding) {
    std::vector<const Place*> places{&finding.place};
    for (const Place& place : finding.related) places.push_back(&place);
    for (const Place* place : places) {
      const auto way = ways_by_place_.find(place_key(*place));
      if (way == ways_by_place_.end()) continue;
      add_mark(tiers_.ways[way->second].marks, finding);
      return;
    }
    const auto tier = tiers_by_file_.find(finding.place.file);
    if (tier != tiers_by_file_.end()) add_mark(tiers_.tiers[tier->second].marks, finding);
  }

  Tiers take() { return std::move(tiers_); }

 private:
  void add_tier(SiteId site) {
    const Deployment& deployment = topology_.deployment(site);
    Tiers::Tier tier;
    tier.file = deployment.main_file;
    tier.server = to_string(deployment.server);
    tier.version = deployment.version.text();
    for (const Listener& listener : deployment.listeners) {
      std::string text = listener.address.text();
      if (std::find(tier.listeners.begin(), tier.listeners.end(), text) != tier.listeners.end()) continue;
      if (tier.listeners.size() == most_listeners_named) ++tier.further_listeners;
      else tier.listeners.push_back(std::move(text));
    }
    for (size_t i = 0; i < deployment.files.size(); ++i)
      tiers_by_file_.try_emplace(std::string(deployment.files.path(static_cast<SourceFileId>(i))), tiers_.tiers.size());
    tiers_by_file_.try_emplace(deployment.main_file, tiers_.tiers.size());
    tiers_.tiers.push_back(std::move(tier));
  }

  void add_ways(SiteId site) {
    for_each_edge(topology_.deployment(site), [&](const BackEdge& edge, SourceSpan span) { add_edge(site, edge, span); });
  }

  void add_edge(SiteId site, const BackEdge& edge, SourceSpan span) {
    const Place place = topology_.place(site, span, "back edge");
    for (const BackAddress& address : edge.addresses) {
      const Topology::Join join = topology_.join(address, site);
      const std::string text = address_text(address);
      const Key key{site, join.to ? static_cast<int64_t>(join.to->site) : -1,
                    join.to ? static_cast<int64_t>(join.to->listener) : -1, join.to ? std::string() : text,
                    edge.protocol};
      const auto known = ways_.find(key);
      size_t index = 0;
      if (known == ways_.end()) {
        if (tiers_.ways.size() == most_ways) {
          ++tiers_.further_ways;
          continue;
        }
        index = tiers_.ways.size();
        ways_.emplace(key, index);
        std::optional<size_t> to;
        if (join.to) to = static_cast<size_t>(join.to->site);
        tiers_.ways.push_back({static_cast<size_t>(site), to, text, join.by, join.to ? 0 : join.candidates,
                               edge.protocol, 0, place, {}});
      } else {
        index = known->second;
      }
      ++tiers_.ways[index].back_edges;
      ways_by_place_.try_emplace(place_key(place), index);
    }
  }

  using Key = std::tuple<SiteId, int64_t, int64_t, std::string, BackProtocol>;

  const Topology& topology_;
  Tiers tiers_;
  std::map<Key, size_t> ways_;
  std::unordered_map<std::string, size_t> ways_by_place_;
  std::unordered_map<std::string, size_t> tiers_by_file_;
};

}  // namespace

Tiers tiers_of(const Topology& topology, std::span<const Finding> findings) {
  Drawing drawing(topology);
  for (const Finding& finding : findings)
    if (!finding.waived) drawing.mark(finding);
  return drawing.take();
}

std::vector<bool> fronts_of(const Topology& topology) {
  std::vector<bool> fronts(topology.sites().size(), true);
  for (size_t i = 0; i < fronts.size(); ++i) {
    const auto from = static_cast<SiteId>(i);
    for_each_edge(topology.deployment(from), [&](const BackEdge& edge, SourceSpan) {
      for (const BackAddress& address : edge.addresses)
        if (const auto to = topology.destination(address, from); to && to->site != from)
          fronts[static_cast<size_t>(to->site)] = false;
    });
  }
  return fronts;
}

std::optional<Severity> worst_of(std::span<const Tiers::Mark> marks) {
  std::optional<Severity> worst;
  for (const Tiers::Mark& mark : marks)
    if (!worst || mark.severity < *worst) worst = mark.severity;
  return worst;
}

}  // namespace astray
