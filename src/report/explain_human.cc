#include <fmt/format.h>

#include <algorithm>

#include "explain/logs/time_text.h"
#include "explain/story/advice.h"
#include "report/explain_formats.h"
#include "report/explain_words.h"
#include "report/layout.h"
#include "report/printable.h"

namespace astray {
namespace {

using explain::Incident;
using explain::Story;
using explain::Tally;
using explain::Trouble;

constexpr size_t most_shown_incidents = 50;
constexpr size_t most_rows = 10;
constexpr int label_columns = 40;
constexpr int bar_columns = 24;
/// Eighths of a block, for columns.
constexpr std::string_view steps[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

class StoryWriter {
 public:
  StoryWriter(const Story& story, const ExplainStyle& style, ByteSink& sink)
      : story_(story), style_(style), palette_(style.palette), sink_(sink) {}

  void write() {
    write_headline();
    size_t shown = 0;
    for (const Incident& incident : story_.incidents) {
      if (shown++ == most_shown_incidents) break;
      write_incident(incident);
    }
    if (story_.incidents.size() > most_shown_incidents)
      line(0, fmt::format("{} more kinds of refusals; --format json has them all.\n",
                          story_.incidents.size() - most_shown_incidents));
    if (story_.refused > 1) write_numbers();
    write_blindness();
    write_troubles();
  }

 private:
  void line(int indent, std::string_view text) { sink_.write(paragraph(text, style_.columns, indent)); }
  void labelled(std::string_view label, std::string_view text, Role role = Role::faint) {
    const std::vector<std::string> lines = wrap(text, std::max(20, style_.columns - 15));
    for (size_t i = 0; i < lines.size(); ++i)
      sink_.write(fmt::format("  {} {}\n", palette_.paint(role, fmt::format("{:<11}", i == 0 ? label : "")), lines[i]));
  }

  void write_headline() {
    std::string span;
    if (story_.first)
      span = fmt::format(", from {} to {}", explain::time_text(*story_.first), explain::time_text(*story_.last));
    if (story_.requests == 0) {
      line(0, "Nothing here tells of a request, so nothing can be told.");
    } else if (story_.refused == 0) {
      line(0, fmt::format("{} {} read{}; none was refused as misdirected.", story_.requests,
                          story_.requests == 1 ? "request was" : "requests were", span));
    } else {
      const std::string share_text =
          story_.requests > story_.refused ? fmt::format(" ({})", share(story_.refused, story_.requests)) : "";
      line(0, fmt::format("{} of {} {} refused{}{}.", story_.refused, count(story_.requests, "request"),
                          story_.refused == 1 ? "was" : "were", share_text, span));
    }
    sink_.write("\n");
  }

  void write_incident(const Incident& incident) {
    const auto& evidence = incident.evidence;
    const auto& judgement = incident.judgement;
    const bool told = judgement.confidence != explain::Confidence::none;
    sink_.write(fmt::format("{} {} {} {}\n", palette_.paint(told ? Role::error : Role::warning, fmt::format("{}×", incident.count)),
                            palette_.paint(Role::strong, info(judgement.cause).id),
                            palette_.paint(Role::faint, fmt::format("status {}", evidence.status)),
                            palette_.paint(Role::faint, told ? fmt::format("({})", to_string(judgement.confidence)) : "")));
    line(2, fmt::format("{}.", info(judgement.cause).sentence));
    labelled("sent by", printable(judgement.sender));
    if (judgement.cause != explain::Cause::other_protocol) labelled("names", words_of(evidence));
    labelled("because", printable(judgement.because));
    if (judgement.attribute)
      labelled("differs", fmt::format("{}: {}", to_string(*judgement.attribute), info(*judgement.attribute).sentence));
    if (!incident.virtual_host.empty() || !incident.handshake_virtual_host.empty())
      labelled("answered by", fmt::format("{}{}", incident.virtual_host.empty() ? "not logged" : printable(incident.virtual_host),
                                           incident.handshake_virtual_host.empty()
                                               ? std::string()
                                               : fmt::format("; handshake: {}", printable(incident.handshake_virtual_host))));
    if (incident.connection) write_connection(incident);
    if (const std::string text = words_of(incident.retries); !text.empty()) labelled("retries", text);
    if (const auto clients = incident.clients.rows(3); !clients.empty()) labelled("clients", rows_text(clients, incident.clients.others()));
    if (const auto backs = incident.backs.rows(3); !backs.empty()) labelled("backs", rows_text(backs, incident.backs.others()));
    std::string places;
    for (const auto& list : {incident.examples, incident.error_examples, incident.captured_examples}) {
      for (const explain::LinePlace& place : list)
        places += fmt::format("{}{}", places.empty() ? "" : ", ", words_of(story_, place));
    }
    labelled("seen", places, Role::faint);
    write_configuration(incident);
    labelled("fix", info(judgement.cause).fix, Role::good);
    if (const std::string proof = explain::proof_of(incident); !proof.empty())
      labelled("prove", palette_.paint(Role::code, proof));
    sink_.write("\n");
  }

  void write_connection(const Incident& incident) {
    const explain::ConnectionRow& row = *incident.connection;
    std::string text = fmt::format("{}{}: {} before", printable(row.id),
                                   row.client.empty() || row.id.starts_with(row.client) ? "" : " of " + printable(row.client),
                                   count(row.requests, "request"));
    for (const std::string& name : row.authorities) text += fmt::format(" → {}", printable(name));
    text += fmt::format(" → {} {}", words_of(incident.evidence.authority), incident.evidence.status);
    labelled("connection", text);
    if (!row.certificate.empty()) labelled("certificate", printable(row.certificate));
  }

  void write_configuration(const Incident& incident) {
    using Agreement = explain::ConfigurationView::Agreement;
    const explain::ConfigurationView& view = incident.configuration;
    if (view.agreement == Agreement::not_asked) return;
    const std::string_view word = view.agreement == Agreement::agrees    ? "predicts the same"
                                  : view.agreement == Agreement::differs ? "predicts otherwise"
                                                                         : "could not tell";
    labelled("config", fmt::format("{}: {}{}", word, printable(view.predicted),
                                   view.place.empty() ? "" : fmt::format(", at {}", printable(view.place))));
  }

  std::string rows_text(const std::vector<Tally::Row>& rows, uint64_t others) const {
    std::string text;
    for (const Tally::Row& row : rows)
      text += fmt::format("{}{} ×{}", text.empty() ? "" : ", ", printable(row.text), row.count);
    if (others > 0) text += fmt::format(", and others ×{}", others);
    return text;
  }

  void write_bars(std::string_view title, const std::vector<Tally::Row>& rows) {
    if (rows.empty()) return;
    sink_.write(palette_.paint(Role::strong, title) + "\n");
    const uint64_t most = rows.front().count;
    for (const Tally::Row& row : rows) {
      const auto eighths = static_cast<size_t>(row.count * bar_columns * 8 / most);
      std::string bar;
      for (size_t i = 0; i < eighths / 8; ++i) bar += "█";
      std::string label = printable(row.text);
      if (label.size() > label_columns) label = label.substr(0, label_columns - 1) + "…";
      sink_.write(fmt::format("  {:<{}} {:>8} {}\n", label, label_columns, row.count, palette_.paint(Role::error, bar.empty() ? "▏" : bar)));
    }
    sink_.write("\n");
  }

  void write_numbers() {
    write_bars("By cause", story_.by_cause.rows(most_rows));
    Tally pairs;
    for (const Incident& incident : story_.incidents)
      pairs.add(fmt::format("{} → {}", words_of(incident.evidence.sni), words_of(incident.evidence.authority)), incident.count);
    write_bars("By names (SNI → Host)", pairs.rows(most_rows));
    write_bars("By hop", story_.by_hop.rows(most_rows));
    write_bars("By client", story_.by_client.rows(most_rows));
    write_time();
    if (story_.comparable > 0)
      line(0, fmt::format("{} of {} requests with both names logged ({}) were on a connection of another SNI.", story_.differing,
                          story_.comparable, share(story_.differing, story_.comparable)));
    const explain::Retries& retries = story_.retries;
    const uint64_t ended = retries.succeeded + retries.failed + retries.refused_again;
    if (ended > 0)
      line(0, fmt::format("{} of {} retries ({}) were served.", retries.succeeded, ended, share(retries.succeeded, ended)));
    sink_.write("\n");
  }

  void write_time() {
    if (story_.over_time.empty()) return;
    const std::vector<uint64_t> counts = story_.over_time.counts();
    const uint64_t most = *std::max_element(counts.begin(), counts.end());
    std::string chart;
    for (const uint64_t n : counts) chart += steps[n == 0 ? 0 : 1 + n * 7 / most];
    sink_.write(palette_.paint(Role::strong, "Over time") + "\n  " + palette_.paint(Role::error, chart) +
                fmt::format("\n  from {}, {} s a column, at most {}\n\n", explain::time_text(story_.over_time.begin()),
                            story_.over_time.width() / 1'000'000, most));
  }

  void write_blindness() {
    for (const explain::Blindness& blind : blindnesses(story_)) {
      line(0, fmt::format("{} does not tell {}.", printable(blind.source), printable(blind.cannot)));
      if (blind.remedy.empty()) continue;
      sink_.write("  This would:\n");
      size_t at = 0;
      while (at < blind.remedy.size()) {
        const size_t end = std::min(blind.remedy.find('\n', at), blind.remedy.size());
        sink_.write("    " + palette_.paint(Role::code, blind.remedy.substr(at, end - at)) + "\n");
        at = end + 1;
      }
    }
  }

  void write_troubles() {
    for (size_t i = 0; i < explain::trouble_count; ++i) {
      const explain::TroubleNote& note = story_.troubles[i];
      if (note.count == 0) continue;
      line(0, fmt::format("{}: {} (first: {})", count(note.count, "line"), sentence_of(static_cast<Trouble>(i)),
                          words_of(story_, note.first)));
    }
    if (story_.connections_evicted > 0)
      line(0, fmt::format("{} connections made room in the table of {}: their later requests count as first ones.",
                          story_.connections_evicted, story_.connections_bound));
    if (story_.names_left_out > 0) line(0, fmt::format("{} names had no room and are one.", story_.names_left_out));
    if (story_.incidents_left_out > 0)
      line(0, fmt::format("{} refused requests had no room for a kind of their own.", story_.incidents_left_out));
    if (story_.outside > 0) line(0, fmt::format("{} requests lie outside of --since and --until.", story_.outside));
  }

  const Story& story_;
  const ExplainStyle& style_;
  const Palette& palette_;
  ByteSink& sink_;
};

}  // namespace

void write_explain_human(const Story& story, const ExplainStyle& style, ByteSink& sink) {
  StoryWriter(story, style, sink).write();
}

std::string explain_line(const explain::Sighting& sighting, const explain::Judgement& judgement, const std::string& source,
                         const ExplainStyle& style) {
  const auto name = [](const explain::Fact& fact) {
    return fact.known() ? printable(fact.text) : std::string(fact.absent() ? "none" : "not logged");
  };
  return fmt::format("{} {} SNI {} Host {} client {}: {} ({}) {}:{}\n",
                     sighting.time ? explain::time_text(*sighting.time) : std::string("-"),
                     style.palette.paint(Role::error, std::to_string(sighting.status)), name(sighting.sni),
                     name(sighting.authority), name(sighting.client),
                     style.palette.paint(Role::strong, info(judgement.cause).id), to_string(judgement.confidence),
                     printable(source), sighting.line);
}

}  // namespace astray
