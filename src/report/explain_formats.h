#pragma once
// How a story is told.
#include <string>

#include "explain/story/story.h"
#include "report/byte_sink.h"
#include "report/palette.h"

namespace astray {

struct ExplainStyle {
  Palette palette;
  int columns = 100;
};

/// For people, with small charts.
void write_explain_human(const explain::Story& story, const ExplainStyle& style, ByteSink& sink);
/// One JSON object (docs/schema/explain.schema.json).
void write_explain_json(const explain::Story& story, ByteSink& sink);
/// One object a line: each incident, then the summary.
void write_explain_jsonl(const explain::Story& story, ByteSink& sink);
/// One HTML page that needs no network and runs no script.
void write_explain_page(const explain::Story& story, ByteSink& sink);
/// Prometheus' text exposition format 0.0.4. Names are no labels, since there can be any number of them.
void write_explain_prometheus(const explain::Story& story, ByteSink& sink);

/// One line for one refused request, as it comes (--follow).
std::string explain_line(const explain::Sighting& sighting, const explain::Judgement& judgement,
                         const std::string& source, const ExplainStyle& style);
std::string explain_line_json(const explain::Sighting& sighting, const explain::Judgement& judgement,
                              const std::string& source);

}  // namespace astray
