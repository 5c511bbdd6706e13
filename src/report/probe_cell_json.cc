#include "report/probe_cell_json.h"

#include <algorithm>

#include "report/probe_words.h"

namespace astray {
namespace {

void number(JsonWriter& json, std::string_view name, uint64_t value) {
  json.key(name).number(static_cast<int64_t>(value));
}

/// null for what was not sent, as opposed to what was sent empty.
void sent(JsonWriter& json, std::string_view name, const std::optional<std::string>& value) {
  json.key(name);
  value ? json.string(*value) : json.null();
}

/// null for what did not come, or is not known.
void known(JsonWriter& json, std::string_view name, std::string_view value) {
  json.key(name);
  value.empty() ? json.null() : json.string(value);
}

void status(JsonWriter& json, int value) {
  json.key("status");
  value == 0 ? json.null() : json.number(value);
}

void strings(JsonWriter& json, std::string_view name, const std::vector<std::string>& values) {
  json.key(name).begin_array();
  for (const std::string& value : values) json.string(value);
  json.end_array();
}

void microseconds(JsonWriter& json, std::string_view name, Duration duration) {
  json.key(name).number(std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
}

bool in_clear(const ConnectionQuestion& connection) {
  return connection.protocol == PortProtocol::http || connection.protocol == PortProtocol::ftp ||
         connection.protocol == PortProtocol::smtp;
}

void write_handshake(JsonWriter& json, const ProbeCell& cell) {
  const Observation& seen = cell.seen;
  json.key("protocol");
  const bool spoken = seen.handshake_done || seen.status != 0;
  spoken ? json.string(to_string(seen.protocol)) : json.null();
  json.key("handshake");
  if (!seen.alert.empty()) {
    json.string(to_string(HandshakeOutcome::rejected));
  } else if (seen.handshake_done) {
    json.string(to_string(HandshakeOutcome::ok));
  } else if (in_clear(*cell.connection)) {
    json.string(to_string(HandshakeOutcome::cleartext));
  } else {
    json.null();
  }
  known(json, "alert", seen.alert);
  known(json, "tls_version", seen.tls_version);
  known(json, "alpn_negotiated", seen.alpn);
  json.key("certificate");
  if (seen.certificate == nullptr) {
    json.null().key("certificate_fingerprint").null();
  } else {
    json.begin_array();
    for (const CertificateName& name : seen.certificate->names) json.string(name.text());
    json.end_array().member("certificate_fingerprint", to_hex(seen.certificate->fingerprint));
  }
  json.member("trust", to_string(seen.trust));
  known(json, "trust_problem", seen.trust_problem);
  json.key("client_certificate_requested").boolean(seen.client_certificate_requested);
  json.key("resumed").boolean(seen.resumed);
  if (seen.origin_frame) {
    strings(json, "origin_set", seen.origin_set);
  } else {
    json.key("origin_set").null();
  }
}

/// In the words of `astray predict`. Whoever only fell silent neither served nor rejected.
AnswerOutcome outcome_of(const ProbeCell& cell) {
  switch (cell.verdict) {
    case CellVerdict::own:
    case CellVerdict::indistinct:
    case CellVerdict::default_answer:
    case CellVerdict::misdirected:
    case CellVerdict::authentication_bypass:
      return AnswerOutcome::serve;
    case CellVerdict::false_421:
    case CellVerdict::rejected_421:
    case CellVerdict::rejected_400:
    case CellVerdict::rejected_403:
    case CellVerdict::rejected_404:
    case CellVerdict::rejected_handshake:
      return AnswerOutcome::reject;
    case CellVerdict::other_protocol:
    case CellVerdict::failed:
    case CellVerdict::could_not_tell:
      return AnswerOutcome::unknowable;
  }
  return AnswerOutcome::unknowable;
}

void write_source(JsonWriter& json, const Prediction& prediction, const ProbeReport& report) {
  json.key("source");
  const SourceSpan span = prediction.expected.answer.source.known() ? prediction.expected.answer.source
                                                                    : prediction.expected.handshake.source;
  if (prediction.agreement == Agreement::not_predicted || prediction.deployment == nullptr || !span.known()) {
    json.null();
    return;
  }
  json.begin_object().member("file", report.paths.of(prediction.deployment->files.path(span.file)));
  number(json, "line", span.line);
  json.end_object();
}

void write_prediction(JsonWriter& json, const Prediction& prediction, const ProbeReport& report) {
  json.key("prediction");
  if (prediction.agreement == Agreement::not_predicted) {
    json.null();
    return;
  }
  const ExpectedAnswer& answer = prediction.expected.answer;
  json.begin_object().member("agreement", to_string(prediction.agreement));
  json.member("handshake", to_string(prediction.expected.handshake.outcome));
  json.member("outcome", to_string(answer.outcome));
  status(json, answer.status);
  known(json, "virtual_host", prediction.virtual_host);
  json.member("reason", to_string(answer.reason));
  known(json, "difference", prediction.difference);
  write_source(json, prediction, report);
  json.end_object();
}

void write_answer(JsonWriter& json, const Observation& seen) {
  known(json, "owner", seen.owner);
  known(json, "server", seen.server);
  known(json, "via", seen.via);
  known(json, "location", seen.location);
  known(json, "content_type", seen.content_type);
  known(json, "alt_svc", seen.alt_svc);
  json.key("connection_close").boolean(seen.connection_close);
  json.key("nosniff").boolean(seen.nosniff);
  json.key("body");
  if (seen.status == 0) {
    json.null();
  } else {
    json.begin_object().member("sha256", to_hex(seen.body.sha256));
    number(json, "bytes", seen.body.bytes);
    json.key("truncated").boolean(seen.body.truncated).end_object();
  }
  json.key("timings").begin_object();
  microseconds(json, "connect_us", seen.timings.connect);
  microseconds(json, "handshake_us", seen.timings.handshake);
  microseconds(json, "first_byte_us", seen.timings.first_byte);
  microseconds(json, "total_us", seen.timings.total);
  json.end_object();
}

}  // namespace

void write_cell_members(JsonWriter& json, const ProbeCell& cell, const ProbeReport& report) {
  const ConnectionQuestion& connection = *cell.connection;
  const RequestQuestion& request = *cell.request;
  const Observation& seen = cell.seen;
  const std::string node = connection.node.text();
  number(json, "id", cell.id);
  json.member("node", node).member("port_protocol", to_string(connection.protocol)).member("address", node);
  sent(json, "sni", connection.sni);
  json.member("sni_spelling", to_string(connection.sni_spelling));
  known(json, "sni_name", connection.sni_name);
  sent(json, "host", request.host);
  json.member("spelling", to_string(request.spelling)).member("placement", to_string(request.placement));
  known(json, "host_name", request.name);
  known(json, "other", request.other);
  json.member("path", request.path).member("alpn", to_string(connection.alpn));
  json.key("client_certificate");
  if (!connection.client_certificate) {
    json.null();
  } else if (*connection.client_certificate < report.client_certificates.size()) {
    json.string(report.client_certificates[*connection.client_certificate]);
  } else {
    json.string("#" + std::to_string(*connection.client_certificate));
  }
  sent(json, "session_of", connection.session_of);
  json.key("connection").begin_object();
  number(json, "id", seen.connection_id);
  json.member("use", to_string(connection.use));
  sent(json, "opened_for",
       connection.use == ConnectionUse::reused ? connection.sni : std::optional<std::string>());
  number(json, "request_index", seen.request_index);
  json.end_object();

  write_handshake(json, cell);
  known(json, "virtual_host", cell.answered_as);
  json.member("outcome", to_string(outcome_of(cell)));
  status(json, seen.status);
  json.member("reason", to_string(cell.reason));
  write_source(json, cell.prediction, report);
  json.key("answered_by");
  cell.answered_by == HopSoftware::none ? json.null() : json.string(to_string(cell.answered_by));
  known(json, "answered_as", cell.answered_as);
  write_answer(json, seen);
  json.member("stage", to_string(seen.stage));
  json.key("failure");
  seen.failure == ProbeFailure::none ? json.null() : json.string(to_string(seen.failure));
  known(json, "error", seen.message);
  json.member("verdict", to_string(cell.verdict)).member("sentence", cell.sentence);
  write_prediction(json, cell.prediction, report);
}

void write_finding_members(JsonWriter& json, const ProbeFinding& finding) {
  json.member("rule", rule_id(finding.kind)).member("kind", to_string(finding.kind));
  json.member("severity", to_string(finding.severity));
  known(json, "from", finding.from);
  known(json, "to", finding.to);
  json.member("sentence", finding.sentence).member("next_step", finding.next_step);
  strings(json, "nodes", finding.nodes);
  json.key("cells").begin_array();
  for (const uint64_t cell : finding.cells) json.number(static_cast<int64_t>(cell));
  json.end_array();
  number(json, "cell_count", finding.cell_count);
}

void write_outlook_members(JsonWriter& json, const OutlookRow& row) {
  json.member("from", row.from).member("to", row.to).member("node", row.node.text());
  json.key("clients").begin_array();
  for (const std::string_view client : row.clients) json.string(client);
  json.end_array().member("answer", to_string(row.answer)).member("reason", to_string(row.reason));
  json.key("would_get");
  row.answer == ReuseAnswer::reuse ? json.string(to_string(row.would_get)) : json.null();
  json.key("evidence");
  row.evidence == OutlookEvidence::none ? json.null() : json.string(to_string(row.evidence));
  json.key("cell");
  row.cell == 0 ? json.null() : json.number(static_cast<int64_t>(row.cell));
}

size_t count_of(const ProbeSummary& summary, ProbeSeverity severity) {
  return static_cast<size_t>(
      std::count_if(summary.findings.begin(), summary.findings.end(),
                    [&](const ProbeFinding& finding) { return finding.severity == severity; }));
}

void write_summary_members(JsonWriter& json, const ProbeSummary& summary, const ProbeReport& report) {
  json.member("astray_version", report.astray_version);
  number(json, "cells", summary.cells);
  number(json, "connections", summary.connections);
  json.key("verdicts").begin_object();
  for (size_t i = 0; i < cell_verdicts; ++i) {
    const CellVerdict verdict = static_cast<CellVerdict>(i);
    number(json, to_string(verdict), summary.count(verdict));
  }
  json.end_object();
  number(json, "predicted", summary.predicted);
  number(json, "agreeing", summary.agreeing);
  number(json, "errors", count_of(summary, ProbeSeverity::error));
  number(json, "warnings", count_of(summary, ProbeSeverity::warning));
  number(json, "infos", count_of(summary, ProbeSeverity::info));
  strings(json, "names", summary.names);
  strings(json, "nodes", summary.nodes);
  json.key("interrupted").boolean(summary.interrupted);
  microseconds(json, "took_us", summary.took);
}

}  // namespace astray
