#include <fmt/format.h>

#include <map>

#include "report/audit_formats.h"
#include "report/printable.h"
#include "report/topology_words.h"

namespace astray {
namespace {

std::string_view colour_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "#b53304";
    case Severity::warning:
      return "#b87413";
    case Severity::info:
      return "#0a5c8f";
  }
  return "";
}

/// A quoted string of the language; lines are centred.
std::string dot_string(const std::vector<std::string>& lines) {
  std::string text = "\"";
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) text += "\\n";
    for (const char c : lines[i]) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text + '"';
}

std::string marked(const std::vector<Tiers::Mark>& marks) {
  const std::optional<Severity> worst = worst_of(marks);
  if (!worst) return "";
  return fmt::format(", color=\"{0}\", fontcolor=\"{0}\", penwidth=2.5", colour_of(*worst));
}

}  // namespace

void write_audit_dot(const AuditOutcome& outcome, ByteSink& sink) {
  const Tiers& tiers = outcome.report.tiers;
  std::string text =
      "digraph astray {\n"
      "  rankdir=LR;\n"
      "  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];\n"
      "  edge [fontname=\"sans-serif\", fontsize=9];\n"
      "  clients [shape=ellipse, style=solid];\n";
  for (size_t i = 0; i < tiers.tiers.size(); ++i) {
    const Tiers::Tier& tier = tiers.tiers[i];
    std::vector<std::string> lines{title_of(tier), printable(outcome.paths.of(std::string_view(tier.file))),
                                   listeners_of(tier)};
    text += fmt::format("  tier{} [label={}{}];\n", i, dot_string(lines), marked(tier.marks));
    if (!tier.is_front) continue;
    text += fmt::format("  clients -> tier{} [label={}{}];\n", i, dot_string(notes_of(tier.marks)),
                        marked(tier.marks));
  }
  std::map<std::string, size_t> outside;
  for (const Tiers::Way& way : tiers.ways) {
    if (!way.to && outside.try_emplace(way.address, outside.size()).second)
      text += fmt::format("  outside{} [label={}, style=\"rounded,dashed\"];\n", outside.size() - 1,
                          dot_string({printable(way.address)}));
    const std::string to =
        way.to ? fmt::format("tier{}", *way.to) : fmt::format("outside{}", outside.at(way.address));
    std::vector<std::string> lines{label_of(way)};
    for (std::string& note : notes_of(way.marks)) lines.push_back(std::move(note));
    text += fmt::format("  tier{} -> {} [label={}{}];\n", way.from, to, dot_string(lines), marked(way.marks));
  }
  if (tiers.further_ways > 0) text += fmt::format("  // {} further ways are left out\n", tiers.further_ways);
  sink.write(text + "}\n");
}

}  // namespace astray
