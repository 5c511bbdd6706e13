#include <fmt/format.h>

#include <map>

#include "report/audit_formats.h"
#include "report/printable.h"
#include "report/topology_words.h"

namespace astray {
namespace {

std::string_view class_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "wrong";
    case Severity::warning:
      return "refused";
    case Severity::info:
      return "noted";
  }
  return "";
}

std::string_view stroke_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "stroke:#b53304,stroke-width:3px,color:#b53304";
    case Severity::warning:
      return "stroke:#b87413,stroke-width:3px,color:#b87413";
    case Severity::info:
      return "stroke:#0a5c8f,stroke-width:2px";
  }
  return "";
}

/// Text in a quoted label. Mermaid's own entities begin with '#'; whatever could mean something to it, to
/// HTML or to Markdown inside of it is one of them.
std::string mermaid_string(const std::vector<std::string>& lines) {
  std::string text = "\"";
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) text += "<br/>";
    for (const char c : lines[i]) {
      if (std::string_view("\"#<>&`;{}|[]()\\").find(c) != std::string_view::npos) {
        text += fmt::format("#{};", static_cast<int>(c));
      } else {
        text += c;
      }
    }
  }
  return text + '"';
}

}  // namespace

void write_audit_mermaid(const AuditOutcome& outcome, ByteSink& sink) {
  const Tiers& tiers = outcome.report.tiers;
  std::string text = "flowchart LR\n  clients([clients])\n";
  std::string strokes;
  size_t links = 0;
  const auto stroke_last = [&](const std::vector<Tiers::Mark>& marks) {
    if (const std::optional<Severity> worst = worst_of(marks))
      strokes += fmt::format("  linkStyle {} {}\n", links, stroke_of(*worst));
    ++links;
  };
  for (size_t i = 0; i < tiers.tiers.size(); ++i) {
    const Tiers::Tier& tier = tiers.tiers[i];
    const std::optional<Severity> worst = worst_of(tier.marks);
    text +=
        fmt::format("  tier{}[{}]{}{}\n", i,
                    mermaid_string({title_of(tier), printable(outcome.paths.of(std::string_view(tier.file))),
                                    listeners_of(tier)}),
                    worst ? ":::" : "", worst ? class_of(*worst) : "");
  }
  for (size_t i = 0; i < tiers.tiers.size(); ++i) {
    const Tiers::Tier& tier = tiers.tiers[i];
    if (!tier.is_front) continue;
    const std::vector<std::string> notes = notes_of(tier.marks);
    text += notes.empty() ? fmt::format("  clients --> tier{}\n", i)
                          : fmt::format("  clients -->|{}| tier{}\n", mermaid_string(notes), i);
    stroke_last(tier.marks);
  }
  std::map<std::string, size_t> outside;
  for (const Tiers::Way& way : tiers.ways) {
    if (!way.to && outside.try_emplace(way.address, outside.size()).second)
      text += fmt::format("  outside{}[{}]:::outside\n", outside.size() - 1,
                          mermaid_string({printable(way.address)}));
    const std::string to =
        way.to ? fmt::format("tier{}", *way.to) : fmt::format("outside{}", outside.at(way.address));
    std::vector<std::string> lines{label_of(way)};
    for (std::string& note : notes_of(way.marks)) lines.push_back(std::move(note));
    text += fmt::format("  tier{} -->|{}| {}\n", way.from, mermaid_string(lines), to);
    stroke_last(way.marks);
  }
  text += strokes;
  text +=
      "  classDef wrong stroke:#b53304,stroke-width:3px\n"
      "  classDef refused stroke:#b87413,stroke-width:3px\n"
      "  classDef noted stroke:#0a5c8f,stroke-width:2px\n"
      "  classDef outside stroke-dasharray:4 4\n";
  if (tiers.further_ways > 0) text += fmt::format("  %% {} further ways are left out\n", tiers.further_ways);
  sink.write(text);
}

}  // namespace astray
