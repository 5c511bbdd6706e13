#include "cli/audited_side.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/parse.h"
#include "report/printable.h"

namespace astray {
namespace {

/// A configuration that an edge leads to has to be there: a typing error must not leave a way unjoined.
std::optional<Error> unmet_edge(const std::vector<StatedEdge>& edges, const std::vector<Site>& sites) {
  for (const StatedEdge& edge : edges) {
    if (edge.address) continue;
    std::vector<std::string_view> known;
    for (const Site& site : sites) known.push_back(site.deployment->main_file);
    if (std::find(known.begin(), known.end(), edge.configuration) != known.end()) continue;
    return Error{fmt::format("--edge {}=…: '{}' is no configuration that was read; spell it as the report does{}",
                             printable(edge.host), printable(edge.configuration),
                             did_you_mean(edge.configuration, known))};
  }
  return std::nullopt;
}

}  // namespace

AuditedSide::AuditedSide(const AuditSettings& settings, Console& console, Progress& progress)
    : settings_(settings),
      console_(console),
      progress_(progress),
      inputs_(settings.reading, certificates_, console, progress) {}

std::optional<Error> AuditedSide::read(const std::vector<std::string>& configurations) {
  if (std::optional<Error> error = inputs_.read(configurations)) return error;
  progress_.clear();
  for (const std::string& message : inputs_.unread()) console_.complain(message);
  std::vector<Site> sites = inputs_.take_sites();
  if (sites.empty()) return std::nullopt;
  if (std::optional<Error> unmet = unmet_edge(settings_.edges, sites)) return unmet;
  topology_.emplace(std::move(sites), settings_.dns, settings_.clients, settings_.now, settings_.edges);
  progress_.stage("asking what each name will get");
  report_ = audit(*topology_, settings_.waivers);
  progress_.clear();
  return std::nullopt;
}

}  // namespace astray
