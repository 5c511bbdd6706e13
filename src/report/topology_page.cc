#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/check.h"
#include "embedded/topology_page_text.h"
#include "report/audit_formats.h"
#include "report/ci_text.h"
#include "report/layout.h"
#include "report/page_policy.h"
#include "report/printable.h"
#include "report/topology_layout.h"
#include "report/topology_words.h"

namespace astray {
namespace {

/// As many characters as a box, and the room between two boxes, are wide enough for.
constexpr size_t box_columns = 34;
constexpr size_t way_columns = 46;

std::string shortened(std::string_view text, size_t columns) {
  if (text.size() <= columns) return std::string(text);
  // The end tells more than the beginning: "…/site/nginx.conf". Never within a character of UTF-8.
  size_t from = text.size() - columns + 1;
  while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0U) == 0x80U) ++from;
  return "…" + std::string(text.substr(from));
}

std::string_view class_of(const std::vector<Tiers::Mark>& marks) {
  const std::optional<Severity> worst = worst_of(marks);
  return worst ? to_string(*worst) : std::string_view();
}

class TopologyPage {
 public:
  TopologyPage(const AuditOutcome& outcome, ByteSink& sink)
      : outcome_(outcome), tiers_(outcome.report.tiers), layout_(lay_out(tiers_)), sink_(sink) {}

  void write() {
    const std::string style(embedded::topology_page_text("style"));
    rest_ = embedded::topology_page_text("page");
    write_up_to("@@policy@@", hash_source(style));
    write_up_to("@@title@@", xml_text(headline()));
    write_up_to("@@style@@", style);
    write_up_to("@@title@@", xml_text(headline()));
    write_up_to("@@subtitle@@", xml_text(subtitle()));
    write_up_to("@@drawing@@", drawing());
    write_up_to("@@findings@@", "");
    write_findings();
    write_up_to("@@left_out@@", left_out());
    sink_.write(rest_);
  }

 private:
  void write_up_to(std::string_view mark, std::string_view text) {
    const size_t at = rest_.find(mark);
    CHECK(at != std::string_view::npos);
    sink_.write(rest_.substr(0, at));
    sink_.write(text);
    rest_.remove_prefix(at + mark.size());
  }

  std::string headline() const {
    const FindingCounts counts = counts_of(outcome_.report);
    if (counts.total() == 0) return outcome_.complete ? "No findings" : "No findings in what could be read";
    std::string text;
    const auto add = [&](size_t number, std::string_view what) {
      if (number == 0) return;
      if (!text.empty()) text += ", ";
      text += what == "info" ? fmt::format("{} info", number) : count(number, what);
    };
    add(counts.errors, "error");
    add(counts.warnings, "warning");
    add(counts.infos, "info");
    return text;
  }

  std::string subtitle() const {
    size_t virtual_hosts = 0;
    size_t names = 0;
    for (const AuditReport::Input& input : outcome_.report.inputs) {
      virtual_hosts += input.virtual_hosts;
      names += input.names;
    }
    return fmt::format("{}, {}, {}; astray {}", count(outcome_.report.inputs.size(), "configuration"),
                       count(virtual_hosts, "virtual host"), count(names, "name"), outcome_.astray_version);
  }

  /// The finding that a mark is of, as it is listed; 0: it is not.
  std::string link_to(const std::vector<Tiers::Mark>& marks) {
    if (numbers_.empty()) {
      const std::vector<const Finding*> listed = listed_findings(outcome_);
      for (size_t i = 0; i < listed.size(); ++i)
        numbers_.try_emplace(
            fmt::format("{}\n{}\n{}", listed[i]->rule_id, listed[i]->from_name, listed[i]->to_name), i + 1);
    }
    for (const Tiers::Mark& mark : marks) {
      const auto found = numbers_.find(fmt::format("{}\n{}\n{}", mark.rule_id, mark.from_name, mark.to_name));
      if (found != numbers_.end()) return fmt::format("#finding-{}", found->second);
    }
    return "";
  }

  std::string drawing() {
    std::string text = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 "
        "{0:.0f} {1:.0f}\" "
        "role=\"img\" aria-label=\"{2}\">\n",
        layout_.width, layout_.height, xml_text(subtitle()));
    for (size_t i = 0; i < tiers_.tiers.size(); ++i)
      if (tiers_.tiers[i].is_front)
        text +=
            way(layout_.clients, layout_.tiers[i].x, layout_.tiers[i].middle(), {}, tiers_.tiers[i].marks);
    for (size_t i = 0; i < tiers_.ways.size(); ++i) {
      const Tiers::Way& each = tiers_.ways[i];
      text += way(layout_.tiers[each.from], layout_.end_of(each).x, layout_.arrivals[i], label_of(each),
                  each.marks);
    }
    text += box(layout_.clients, "clients", "", "", "", "");
    for (size_t i = 0; i < tiers_.tiers.size(); ++i) {
      const Tiers::Tier& tier = tiers_.tiers[i];
      text += box(layout_.tiers[i], title_of(tier), printable(outcome_.paths.of(std::string_view(tier.file))),
                  listeners_of(tier), class_of(tier.marks), link_to(tier.marks));
    }
    for (size_t i = 0; i < layout_.outside.size(); ++i)
      text += box(layout_.outside_boxes[i], printable(layout_.outside[i]), "its configuration was not given",
                  "", "outside", "");
    return text + "</svg>";
  }

  static std::string box(const TopologyLayout::Box& at, std::string_view title, std::string_view second,
                         std::string_view third, std::string_view look, const std::string& link) {
    std::string text = fmt::format(
        "<g class=\"{}\"><title>{} {} {}</title><rect x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" "
        "height=\"{:.0f}\" "
        "rx=\"8\"/><text class=\"title\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text>",
        look, xml_text(title), xml_text(second), xml_text(third), at.x, at.y, at.width, at.height, at.x + 12,
        at.y + 24, xml_text(shortened(title, box_columns)));
    text += fmt::format("<text class=\"faint\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text>", at.x + 12, at.y + 43,
                        xml_text(shortened(second, box_columns)));
    text += fmt::format("<text class=\"faint\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text></g>", at.x + 12, at.y + 60,
                        xml_text(shortened(third, box_columns)));
    return link.empty() ? text + '\n' : fmt::format("<a href=\"{}\">{}</a>\n", link, text);
  }

  /// From the right side of a box to a point at the left side of another.
  std::string way(const TopologyLayout::Box& from, double x, double y, std::string_view label,
                  const std::vector<Tiers::Mark>& marks) {
    const double bend = std::max(60.0, (x - from.right()) / 2);
    std::string text = fmt::format(
        "<g class=\"{0}\"><path class=\"way\" d=\"M{1:.0f} {2:.0f} C{3:.0f} {2:.0f} {4:.0f} {5:.0f} {6:.0f} "
        "{5:.0f}\"/>"
        "<path class=\"way\" d=\"M{7:.0f} {8:.0f} L{6:.0f} {5:.0f} L{7:.0f} {9:.0f}\"/>",
        class_of(marks), from.right(), from.middle(), from.right() + bend, x - bend, y, x, x - 8, y - 5,
        y + 5);
    const auto write = [&](std::string_view line, std::string_view look, double at) {
      text += fmt::format("<text class=\"{}\" text-anchor=\"end\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text>", look,
                          x - 14, at, xml_text(line));
    };
    if (!label.empty()) write(shortened(label, way_columns), "faint", y - 8);
    double below = y + 15;
    for (const std::string& note : notes_of(marks)) {
      write(note, "note", below);
      below += 13;
    }
    text += "</g>";
    const std::string link = link_to(marks);
    return link.empty() ? text + '\n' : fmt::format("<a href=\"{}\">{}</a>\n", link, text);
  }

  std::string place_text(const Place& place) const {
    const std::string what = place.what.empty() ? "" : " (" + xml_text(printable(place.what)) + ")";
    return fmt::format("<code>{}</code>{}", xml_text(printable(outcome_.paths.of(place))), what);
  }

  void write_findings() {
    const std::vector<const Finding*> listed = listed_findings(outcome_);
    if (listed.empty()) sink_.write("<p class=\"soft\">None.</p>\n");
    for (size_t i = 0; i < listed.size() && sink_.wanted(); ++i) {
      const Finding& finding = *listed[i];
      const Rule* rule = find_rule(finding.rule_id);
      std::string text = fmt::format(
          "<article id=\"finding-{}\" class=\"{}\"><h3><span class=\"severity\">{}</span>{} {}{}</h3>", i + 1,
          to_string(finding.severity), to_string(finding.severity), finding.rule_id,
          rule == nullptr ? "" : xml_text(rule->name), finding.waived ? " (waived)" : "");
      text += fmt::format("<p>{}</p>", xml_text(printable(finding.message)));
      if (finding.place.known()) text += fmt::format("<p>At {}</p>", place_text(finding.place));
      for (const Place& place : finding.related)
        if (place.known()) text += fmt::format("<p class=\"soft\">and {}</p>", place_text(place));
      if (!finding.fix.advice.empty())
        text += fmt::format("<p><b>Fix:</b> {}</p>", xml_text(printable(finding.fix.advice)));
      if (!finding.fix.directives.empty())
        text += fmt::format("<pre>{}</pre>", xml_text(printable_lines(finding.fix.directives)));
      if (finding.further > 0)
        text += fmt::format("<p class=\"soft\">and {} of the same kind</p>",
                            count(finding.further, "further case"));
      sink_.write(text + "</article>\n");
    }
  }

  std::string left_out() const {
    const size_t ways = tiers_.further_ways;
    if (outcome_.unread.empty() && outcome_.report.left_out.empty() && ways == 0) return "";
    std::string text =
        "<section><h2>Left out</h2><p class=\"soft\">What could not be read or decided, and so was not "
        "audited.</p><ul>\n";
    for (const std::string& message : outcome_.unread)
      text += fmt::format("<li>{}</li>\n", xml_text(printable(message)));
    for (const AuditReport::LeftOut& each : outcome_.report.left_out)
      text += fmt::format("<li>{} {}</li>\n", each.place.known() ? place_text(each.place) : "",
                          xml_text(printable(each.message)));
    if (ways > 0) text += fmt::format("<li>{} not drawn</li>\n", count(ways, "further way"));
    return text + "</ul></section>";
  }

  const AuditOutcome& outcome_;
  const Tiers& tiers_;
  TopologyLayout layout_;
  ByteSink& sink_;
  std::string_view rest_;
  std::unordered_map<std::string, size_t> numbers_;  ///< of listed findings, by rule and names
};

}  // namespace

void write_audit_page(const AuditOutcome& outcome, ByteSink& sink) {
  TopologyPage(outcome, sink).write();
}

}  // namespace astray
