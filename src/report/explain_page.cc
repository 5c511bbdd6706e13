// The page: static HTML, drawn here, so that it needs no script.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/markup.h"
#include "embedded/explain_page_text.h"
#include "explain/logs/time_text.h"
#include "explain/story/advice.h"
#include "report/explain_formats.h"
#include "report/explain_words.h"
#include "report/layout.h"
#include "report/page_policy.h"
#include "report/printable.h"

namespace astray {
namespace {

using explain::Incident;
using explain::Story;
using explain::Tally;

constexpr size_t most_incidents = 500;
constexpr size_t most_names = 40;  // of each side of the matrix

/// Text of unknown origin in HTML: visible, and never markup.
std::string html(std::string_view text) {
  return escape_markup(printable(text));
}

std::string row(std::string_view term, std::string_view text) {
  return text.empty() ? std::string() : fmt::format("<dt>{}</dt><dd>{}</dd>\n", term, html(text));
}

std::string incident_html(const Story& story, const Incident& incident, size_t number) {
  const auto& judgement = incident.judgement;
  std::string out = fmt::format("<article id=\"refusal-{}\"><h3><span class=\"count\">{}×</span> {} <span class=\"soft\">status {}, confidence {}</span></h3>\n<p>{}.</p>\n<dl>\n",
                                number, incident.count, info(judgement.cause).id, incident.evidence.status,
                                to_string(judgement.confidence), html(info(judgement.cause).sentence));
  out += row("sent by", judgement.sender);
  out += row("names", words_of(incident.evidence));
  out += row("because", judgement.because);
  if (judgement.attribute)
    out += row("differs", fmt::format("{}: {}", to_string(*judgement.attribute), info(*judgement.attribute).sentence));
  out += row("virtual host", incident.virtual_host);
  out += row("handshake", incident.handshake_virtual_host);
  if (incident.connection) {
    std::string text = fmt::format("{}: {} before", incident.connection->id, count(incident.connection->requests, "request"));
    for (const std::string& name : incident.connection->authorities) text += " → " + name;
    out += row("connection", text + fmt::format(" → {} {}", words_of(incident.evidence.authority), incident.evidence.status));
  }
  out += row("retries", words_of(incident.retries));
  std::string places;
  for (const auto& list : {incident.examples, incident.error_examples, incident.captured_examples}) {
    for (const explain::LinePlace& place : list) places += (places.empty() ? "" : ", ") + words_of(story, place);
  }
  out += row("seen", places);
  if (incident.first)
    out += row("time", fmt::format("{} – {}", explain::time_text(*incident.first), explain::time_text(*incident.last)));
  if (incident.configuration.agreement != explain::ConfigurationView::Agreement::not_asked)
    out += row("config", fmt::format("{} {}", incident.configuration.predicted, incident.configuration.place));
  out += row("fix", info(judgement.cause).fix);
  if (const std::string proof = explain::proof_of(incident); !proof.empty())
    out += fmt::format("<dt>prove</dt><dd><code>{}</code></dd>\n", html(proof));
  return out + "</dl></article>\n";
}

std::string time_line(const Story& story) {
  if (story.over_time.empty()) return {};
  const std::vector<uint64_t> counts = story.over_time.counts();
  const uint64_t most = *std::max_element(counts.begin(), counts.end());
  std::string out = fmt::format(
      "<h2 id=\"time\">Over time</h2>\n<p class=\"soft\">From {}, {} s a column, at most {}.</p>\n"
      "<svg viewBox=\"0 0 {} 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Refused requests over time\">",
      explain::time_text(story.over_time.begin()), story.over_time.width() / 1'000'000, most,
      explain::TimeLine::buckets);
  for (size_t i = 0; i < counts.size(); ++i) {
    const uint64_t height = counts[i] * 96 / most;
    if (counts[i] > 0)
      out += fmt::format("<rect x=\"{}.05\" y=\"{}\" width=\"0.9\" height=\"{}\"><title>{}</title></rect>", i,
                         100 - std::max<uint64_t>(height, 2), std::max<uint64_t>(height, 2), counts[i]);
  }
  const int64_t end = story.over_time.begin() + static_cast<int64_t>(counts.size()) * story.over_time.width();
  return out + fmt::format("</svg>\n<p class=\"soft axis\"><span>{}</span><span>{}</span></p>\n", explain::time_text(story.over_time.begin()),
                           explain::time_text(end));
}

/// SNI by Host; a number leads to the first entry that it counts.
std::string matrix(const Story& story) {
  struct Cell {
    uint64_t refused = 0;
    size_t first_incident = 0;
  };
  std::map<std::pair<std::string, std::string>, Cell> cells;
  Tally snis(4096);
  Tally hosts(4096);
  for (size_t i = 0; i < story.incidents.size(); ++i) {
    const Incident& incident = story.incidents[i];
    const std::string sni = words_of(incident.evidence.sni);
    const std::string host = words_of(incident.evidence.authority);
    cells.try_emplace({sni, host}, Cell{0, i}).first->second.refused += incident.count;
    snis.add(sni, incident.count);
    hosts.add(host, incident.count);
  }
  std::string out = "<h2 id=\"names\">Names × names</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Names by names\"><table><caption>Refused requests; rows: SNI, columns: Host</caption>\n<tr><th></th>";
  const auto columns = hosts.rows(most_names);
  for (const Tally::Row& host : columns) out += fmt::format("<th scope=\"col\">{}</th>", html(host.text));
  out += "</tr>\n";
  for (const Tally::Row& sni : snis.rows(most_names)) {
    out += fmt::format("<tr><th scope=\"row\">{}</th>", html(sni.text));
    for (const Tally::Row& host : columns) {
      const auto cell = cells.find({sni.text, host.text});
      if (cell == cells.end()) {
        out += "<td></td>";
      } else if (cell->second.first_incident < most_incidents) {
        out += fmt::format("<td class=\"hit\"><a href=\"#refusal-{}\">{}</a></td>", cell->second.first_incident, cell->second.refused);
      } else {
        out += fmt::format("<td class=\"hit\">{}</td>", cell->second.refused);
      }
    }
    out += "</tr>\n";
  }
  return out + "</table></div>\n";
}

std::string tally_html(std::string_view title, const Tally& tally) {
  if (tally.empty()) return {};
  std::string out = fmt::format("<h2>{}</h2>\n<table class=\"tally\">\n", title);
  for (const Tally::Row& each : tally.rows(20))
    out += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", html(each.text), each.count);
  return out + "</table>\n";
}

std::string notes_html(const Story& story) {
  std::string out;
  for (const explain::Blindness& blind : blindnesses(story))
    out += fmt::format("<p>{} does not tell {}.</p>\n{}", html(blind.source), html(blind.cannot),
                       blind.remedy.empty() ? std::string() : fmt::format("<pre>{}</pre>\n", html(blind.remedy)));
  for (size_t i = 0; i < explain::trouble_count; ++i) {
    const explain::TroubleNote& note = story.troubles[i];
    if (note.count > 0)
      out += fmt::format("<p>{}: {} (first: {})</p>\n", count(note.count, "line"),
                         sentence_of(static_cast<explain::Trouble>(i)), html(words_of(story, note.first)));
  }
  return out.empty() ? out : "<h2 id=\"untold\">What cannot be told</h2>\n" + out;
}

/// Ways to the parts that are there.
std::string contents(std::string_view main) {
  struct Part {
    std::string_view id, title;
  };
  constexpr Part parts[] = {
      {"happened", "What happened"}, {"time", "Over time"}, {"names", "Names × names"}, {"numbers", "Numbers"}, {"untold", "What cannot be told"}};
  std::string out;
  for (const Part& part : parts) {
    if (main.find(fmt::format(" id=\"{}\"", part.id)) != std::string_view::npos)
      out += fmt::format("<li><a href=\"#{}\">{}</a></li>", part.id, part.title);
  }
  return out.empty() ? out : "<nav aria-label=\"Parts of this page\"><ul>" + out + "</ul></nav>";
}

void replace(std::string& text, std::string_view mark, std::string_view by) {
  const size_t at = text.find(mark);
  if (at != std::string::npos) text.replace(at, mark.size(), by);
}

}  // namespace

void write_explain_page(const Story& story, ByteSink& sink) {
  const std::string_view style = embedded::explain_page_text("style");
  const std::string policy =
      fmt::format("default-src 'none'; style-src {}; base-uri 'none'; form-action 'none'", hash_source(style));
  std::string main;
  if (story.refused > 0) main += "<h2 id=\"happened\">What happened</h2>\n";
  for (size_t i = 0; i < std::min(story.incidents.size(), most_incidents); ++i) main += incident_html(story, story.incidents[i], i);
  if (story.incidents.size() > most_incidents)
    main += fmt::format("<p>{} more kinds; --format json has them all.</p>\n", story.incidents.size() - most_incidents);
  if (story.refused > 0)
    main += time_line(story) + matrix(story) + "<div id=\"numbers\">\n" + tally_html("By cause", story.by_cause) +
            tally_html("By hop", story.by_hop) + tally_html("By client", story.by_client) + "</div>\n";
  main += notes_html(story);

  std::string page(embedded::explain_page_text("page"));
  replace(page, "@@policy@@", policy);
  replace(page, "@@style@@", style);
  replace(page, "@@headline@@",
          story.refused == 0 ? fmt::format("{}: none was refused as misdirected", count(story.requests, "request"))
                             : fmt::format("{} of {} refused", story.refused, count(story.requests, "request")));
  std::string subline;
  if (story.first) subline = fmt::format("{} – {}. ", explain::time_text(*story.first), explain::time_text(*story.last));
  if (story.comparable > 0)
    subline += fmt::format("{} of {} requests with both names ({}) were on a connection of another SNI.", story.differing,
                           story.comparable, share(story.differing, story.comparable));
  replace(page, "@@subline@@", subline);
  replace(page, "@@contents@@", contents(main));
  replace(page, "@@main@@", main);
  sink.write(page);
}

}  // namespace astray
