#include "base/json_writer.h"
#include "explain/logs/time_text.h"
#include "explain/story/advice.h"
#include "report/explain_formats.h"
#include "report/explain_words.h"

namespace astray {
namespace {

using explain::Incident;
using explain::Story;
using explain::Tally;
using explain::Trouble;

/// Text; null for "there was none"; no member for "not logged".
void write_name(JsonWriter& json, std::string_view key, const explain::SeenName& name) {
  if (name.known()) json.member(key, name.text);
  if (name.absent()) json.key(key).null();
}

void write_number(JsonWriter& json, std::string_view key, uint64_t number) {
  json.key(key).number(static_cast<int64_t>(number));
}

void write_time(JsonWriter& json, std::string_view key, std::optional<int64_t> time) {
  if (time) json.member(key, explain::time_text(*time));
}

void write_places(JsonWriter& json, std::string_view key, const Story& story,
                  const std::vector<explain::LinePlace>& places) {
  if (places.empty()) return;
  json.key(key).begin_array();
  for (const explain::LinePlace& place : places) {
    json.begin_object();
    json.member("source",
                place.file < story.sources.size() ? std::string_view(story.sources[place.file].name) : "");
    write_number(json, "line", place.line);
    json.end_object();
  }
  json.end_array();
}

void write_retries(JsonWriter& json, const explain::Retries& retries) {
  json.key("retries").begin_object();
  write_number(json, "served", retries.succeeded);
  write_number(json, "failed", retries.failed);
  write_number(json, "refused_again", retries.refused_again);
  write_number(json, "not_seen", retries.not_seen);
  write_number(json, "unknowable", retries.unknowable);
  write_number(json, "on_another_connection", retries.on_fresh);
  write_number(json, "on_the_same_connection", retries.on_same);
  json.end_object();
}

void write_tally(JsonWriter& json, std::string_view key, const Tally& tally, size_t most) {
  json.key(key).begin_array();
  for (const Tally::Row& row : tally.rows(most)) {
    json.begin_object().member("name", row.text);
    write_number(json, "count", row.count);
    json.end_object();
  }
  json.end_array();
}

std::string_view word(explain::ConfigurationView::Agreement agreement) {
  using Agreement = explain::ConfigurationView::Agreement;
  switch (agreement) {
    case Agreement::agrees:
      return "agrees";
    case Agreement::differs:
      return "differs";
    default:
      return "unknowable";
  }
}

void write_incident(JsonWriter& json, const Story& story, const Incident& incident) {
  const explain::Evidence& evidence = incident.evidence;
  const explain::Judgement& judgement = incident.judgement;
  json.begin_object();
  json.member("cause", info(judgement.cause).id);
  json.member("confidence", to_string(judgement.confidence));
  json.member("sentence", info(judgement.cause).sentence);
  json.member("because", judgement.because);
  json.member("sent_by", judgement.sender);
  write_number(json, "status", static_cast<uint64_t>(evidence.status));
  write_number(json, "count", incident.count);
  write_name(json, "sni", evidence.sni);
  write_name(json, "authority", evidence.authority);
  if (evidence.rung && *evidence.rung != Reason::never_coalesces)
    json.member("reused_by", to_string(*evidence.rung));
  json.member("connection_was", to_string(evidence.freshness));
  if (evidence.protocol) json.member("protocol", to_string(*evidence.protocol));
  if (judgement.attribute) json.member("differs_in", to_string(*judgement.attribute));
  json.member_if_any("virtual_host", incident.virtual_host);
  json.member_if_any("handshake_virtual_host", incident.handshake_virtual_host);
  write_time(json, "first", incident.first);
  write_time(json, "last", incident.last);
  write_places(json, "seen", story, incident.examples);
  write_places(json, "told_by", story, incident.error_examples);
  write_places(json, "captured", story, incident.captured_examples);
  write_retries(json, incident.retries);
  write_tally(json, "clients", incident.clients, 10);
  write_tally(json, "backs", incident.backs, 10);
  if (incident.connection) {
    const explain::ConnectionRow& row = *incident.connection;
    json.key("connection").begin_object();
    json.member("id", row.id).member_if_any("client", row.client);
    write_name(json, "sni", row.sni);
    json.member_if_any("certificate", row.certificate);
    write_number(json, "requests_before", row.requests);
    json.key("authorities_before").begin_array();
    for (const std::string& name : row.authorities) json.string(name);
    json.end_array().end_object();
  }
  if (incident.configuration.agreement != explain::ConfigurationView::Agreement::not_asked) {
    json.key("configuration").begin_object();
    json.member("prediction", word(incident.configuration.agreement));
    json.member("predicted", incident.configuration.predicted);
    json.member_if_any("place", incident.configuration.place);
    json.end_object();
  }
  json.member("fix", info(judgement.cause).fix);
  json.member_if_any("proof", explain::proof_of(incident));
  json.end_object();
}

void write_summary(JsonWriter& json, const Story& story) {
  json.begin_object();
  write_number(json, "requests", story.requests);
  write_number(json, "refused", story.refused);
  write_number(json, "with_both_names", story.comparable);
  write_number(json, "with_another_sni", story.differing);
  write_number(json, "outside_of_time", story.outside);
  write_number(json, "other_lines", story.asides);
  write_time(json, "first", story.first);
  write_time(json, "last", story.last);
  write_retries(json, story.retries);
  write_tally(json, "by_cause", story.by_cause, explain::cause_count);
  write_tally(json, "by_hop", story.by_hop, 32);
  write_tally(json, "by_client", story.by_client, 100);
  if (!story.over_time.empty()) {
    json.key("over_time").begin_object();
    json.member("begin", explain::time_text(story.over_time.begin()));
    write_number(json, "step_seconds", static_cast<uint64_t>(story.over_time.width() / 1'000'000));
    json.key("counts").begin_array();
    for (const uint64_t count : story.over_time.counts()) json.number(static_cast<int64_t>(count));
    json.end_array().end_object();
  }
  json.key("sources").begin_array();
  for (const explain::SourceNote& source : story.sources) {
    json.begin_object().member("name", source.name).member("format", source.format);
    json.member("server", to_string(source.server));
    write_number(json, "lines", source.lines);
    write_number(json, "requests", source.requests);
    json.key("tells").begin_object();
    json.key("sni").boolean(source.has_sni).key("authority").boolean(source.has_authority);
    json.key("connection").boolean(source.has_connection).key("client").boolean(source.has_client);
    json.key("time").boolean(source.has_time).end_object();
    json.member_if_any("failure", source.failure);
    json.end_object();
  }
  json.end_array();
  json.key("cannot_tell").begin_array();
  for (const explain::Blindness& blind : blindnesses(story)) {
    json.begin_object().member("source", blind.source).member("what", blind.cannot);
    json.member_if_any("remedy", blind.remedy).end_object();
  }
  json.end_array();
  json.key("troubles").begin_array();
  for (size_t i = 0; i < explain::trouble_count; ++i) {
    const explain::TroubleNote& note = story.troubles[i];
    if (note.count == 0) continue;
    json.begin_object().member("kind", to_string(static_cast<Trouble>(i)));
    write_number(json, "count", note.count);
    json.member("first", words_of(story, note.first)).end_object();
  }
  json.end_array();
  json.key("bounds").begin_object();
  write_number(json, "open_connections", story.connections_bound);
  write_number(json, "connections_evicted", story.connections_evicted);
  write_number(json, "names_left_out", story.names_left_out);
  write_number(json, "refusals_without_room", story.incidents_left_out);
  json.end_object();
  json.end_object();
}

}  // namespace

void write_explain_json(const Story& story, ByteSink& sink) {
  std::string text;
  JsonWriter json(text, JsonWriter::Layout::indented);
  json.begin_object().key("incidents").begin_array();
  for (const Incident& incident : story.incidents) write_incident(json, story, incident);
  json.end_array().key("summary");
  write_summary(json, story);
  json.end_object();
  sink.write(text + "\n");
}

void write_explain_jsonl(const Story& story, ByteSink& sink) {
  for (const Incident& incident : story.incidents) {
    std::string text;
    JsonWriter json(text);
    json.begin_object().key("incident");
    write_incident(json, story, incident);
    json.end_object();
    sink.write(text + "\n");
  }
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("summary");
  write_summary(json, story);
  json.end_object();
  sink.write(text + "\n");
}

std::string explain_line_json(const explain::Sighting& sighting, const explain::Judgement& judgement,
                              const std::string& source) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("request").begin_object();
  write_time(json, "time", sighting.time);
  json.member("source", source);
  write_number(json, "line", sighting.line);
  write_number(json, "status", static_cast<uint64_t>(sighting.status));
  json.member_if_any("sni", sighting.sni.text).member_if_any("authority", sighting.authority.text);
  json.member_if_any("client", sighting.client.text);
  json.member("cause", info(judgement.cause).id).member("confidence", to_string(judgement.confidence));
  json.member("sent_by", judgement.sender);
  json.end_object().end_object();
  return text + "\n";
}

}  // namespace astray
