#include <fmt/format.h>

#include "report/explain_formats.h"

namespace astray {
namespace {

/// Backslash, quote and line feed have to be escaped (exposition format 0.0.4).
std::string label(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

class Exposition {
 public:
  explicit Exposition(ByteSink& sink) : sink_(sink) {}
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    sink_.write(fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type));
  }
  void sample(uint64_t value) { sink_.write(fmt::format("{} {}\n", name_, value)); }
  void sample(std::string_view key, std::string_view text, uint64_t value) {
    sink_.write(fmt::format("{}{{{}=\"{}\"}} {}\n", name_, key, label(text), value));
  }

 private:
  ByteSink& sink_;
  std::string name_;
};

}  // namespace

void write_explain_prometheus(const explain::Story& story, ByteSink& sink) {
  Exposition out(sink);
  out.family("astray_explain_requests_total", "counter", "Requests that the sources tell of.");
  out.sample(story.requests);
  out.family("astray_explain_refused_requests_total", "counter",
             "Requests refused as misdirected, by cause.");
  for (const auto& row : story.by_cause.rows(explain::cause_count)) out.sample("cause", row.text, row.count);
  out.family("astray_explain_refusals_by_hop_total", "counter",
             "Requests refused as misdirected, by who refused them.");
  for (const auto& row : story.by_hop.rows(32)) out.sample("hop", row.text, row.count);
  out.family("astray_explain_comparable_requests_total", "counter",
             "Requests for which SNI and Host are logged.");
  out.sample(story.comparable);
  out.family("astray_explain_differing_requests_total", "counter", "Those of which SNI and Host differ.");
  out.sample(story.differing);
  out.family("astray_explain_retries_total", "counter", "What became of refused requests.");
  const explain::Retries& retries = story.retries;
  out.sample("end", "served", retries.succeeded);
  out.sample("end", "failed", retries.failed);
  out.sample("end", "refused_again", retries.refused_again);
  out.sample("end", "not_seen", retries.not_seen);
  out.sample("end", "unknowable", retries.unknowable);
  out.family("astray_explain_troubles_total", "counter", "Lines that could not be read as they should.");
  for (size_t i = 0; i < explain::trouble_count; ++i)
    out.sample("kind", to_string(static_cast<explain::Trouble>(i)), story.troubles[i].count);
  out.family("astray_explain_evicted_connections_total", "counter",
             "Connections that had no room in the table.");
  out.sample(story.connections_evicted);
}

}  // namespace astray
