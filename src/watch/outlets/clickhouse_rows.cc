#include "watch/outlets/clickhouse_rows.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "report/probe_words.h"
#include "watch/model/json_words.h"
#include "watch/outlets/gzip.h"

namespace astray::watch {
namespace {

/// Whose row this is, in the first columns of every table.
struct RowIdentity {
  const std::string& store;
  const std::string& batch;
  const std::string& region;
  int64_t row = 0;
};

void write_identity(JsonWriter& json, RowIdentity& identity, Instant at) {
  json.key("at").number(at.unix_seconds).member("store", identity.store).member("batch", identity.batch);
  json.key("row").number(identity.row++);
  json.member("region", identity.region);
}

void write_flag(JsonWriter& json, std::string_view name, bool value) {
  json.key(name).number(value ? 1 : 0);
}

void write_cell_row(JsonWriter& json, const CellRecord& cell) {
  const CellKey& key = cell.key;
  const CellAnswer& answer = cell.answer;
  json.member("node", key.node).member("sni", key.sni).member("authority", key.authority);
  json.member("alpn", to_string(key.alpn)).member("connection", to_string(key.use));
  json.key("client_certificate").number(key.client_certificate);
  json.member("verdict", to_string(answer.verdict)).member("reason", to_string(answer.reason));
  json.member("failure", to_string(answer.failure)).member("agreement", to_string(answer.agreement));
  json.key("status").number(answer.status);
  json.member("protocol", answer.protocol).member("certificate", answer.certificate);
  write_flag(json, "certificate_covers", answer.certificate_covers);
  write_flag(json, "client_certificate_requested", answer.client_certificate_requested);
  json.member("trust", to_string(answer.trust));
  json.member("answered_as", answer.answered_as).member("answered_by", answer.answered_by);
  json.member("difference", answer.difference).member("source", answer.source);
  json.member("sentence", cell.sentence);
  json.key("duration_us").number(std::chrono::duration_cast<std::chrono::microseconds>(cell.took).count());
}

void write_event_row(JsonWriter& json, const ProblemEvent& event) {
  const Problem& problem = event.problem;
  json.member("step", to_string(event.step)).member("problem", problem.id);
  json.member("kind", to_string(problem.kind)).member("severity", to_string(problem.severity));
  json.member("state", to_string(problem.state));
  json.member("from_name", problem.from).member("to_name", problem.to);
  json.member("sentence", problem.sentence).member("cause", problem.cause);
  json.member("next_step", problem.next_step);
  write_texts(json, "nodes", problem.nodes);
  write_texts(json, "names", problem.affected_names);
  json.key("first_seen").number(problem.first_seen.unix_seconds);
  json.key("opened").number(problem.opened.value_or(Instant{}).unix_seconds);
  json.key("closed").number(problem.closed.value_or(Instant{}).unix_seconds);
}

std::string quoted(std::string_view identifier) {
  std::string out = "`";
  for (const char c : identifier) {
    if (c == '`' || c == '\\') out += '\\';
    out += c;
  }
  return out + '`';
}

constexpr std::string_view identity_columns =
    "at DateTime('UTC'), store String, batch String, row UInt32, region String";
constexpr std::string_view cell_columns =
    "node String, sni String, authority String, alpn String, connection String, client_certificate UInt32, "
    "verdict String, reason String, failure String, agreement String, status UInt16, protocol String, "
    "certificate String, certificate_covers UInt8, client_certificate_requested UInt8, trust String, "
    "answered_as String, answered_by String, difference String, source String, sentence String, "
    "duration_us UInt64";
constexpr std::string_view event_columns =
    "step String, problem String, kind String, severity String, state String, from_name String, "
    "to_name String, sentence String, cause String, next_step String, nodes Array(String), "
    "names Array(String), first_seen DateTime('UTC'), opened DateTime('UTC'), closed DateTime('UTC')";

std::string create_table(std::string_view database, std::string_view table, std::string_view columns,
                         std::string_view order) {
  return fmt::format(
      "CREATE TABLE IF NOT EXISTS {}.{} ({}, {}) ENGINE = ReplacingMergeTree() "
      "PARTITION BY toYYYYMM(at) ORDER BY ({}, at, store, batch, row)",
      quoted(database), quoted(table), identity_columns, columns, order);
}

}  // namespace

ParcelContent rows_of(const RoundRecord& round, const std::string& store_id, const std::string& batch) {
  RowIdentity identity{store_id, batch, round.region};
  std::string cells, events;
  for (const CellRecord& cell : round.answers) {
    JsonWriter json(cells);
    json.begin_object();
    write_identity(json, identity, round.began);
    write_cell_row(json, cell);
    json.end_object();
    cells += '\n';
  }
  for (const ProblemEvent& event : round.events) {
    JsonWriter json(events);
    json.begin_object();
    write_identity(json, identity, event.at);
    write_event_row(json, event);
    json.end_object();
    events += '\n';
  }
  return {round.began, {cells.empty() ? "" : gzip(cells), events.empty() ? "" : gzip(events)}};
}

std::vector<std::string> clickhouse_tables(std::string_view database) {
  return {"CREATE DATABASE IF NOT EXISTS " + quoted(database),
          create_table(database, "cells", cell_columns, "authority, sni, node"),
          create_table(database, "events", event_columns, "problem, step")};
}

std::string clickhouse_insert(std::string_view database, std::string_view table) {
  return fmt::format("INSERT INTO {}.{} FORMAT JSONEachRow", quoted(database), quoted(table));
}

}  // namespace astray::watch
