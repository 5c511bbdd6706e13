#include "report/probe_page_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "report/printable.h"
#include "report/probe_words.h"

namespace astray {
namespace {

/// One tuple of a table.
class Tuple {
 public:
  Tuple() { json_.begin_array(); }
  Tuple& text(std::string_view value) {
    json_.string(printable(value));
    return *this;
  }
  /// Printable already.
  Tuple& raw_text(std::string_view value) {
    json_.string(value);
    return *this;
  }
  Tuple& sent(const std::optional<std::string>& value) {
    value ? json_.string(printable(*value)) : json_.null();
    return *this;
  }
  Tuple& number(uint64_t value) {
    json_.number(static_cast<int64_t>(value));
    return *this;
  }
  Tuple& index(std::optional<uint32_t> value) {
    value ? json_.number(*value) : json_.number(-1);
    return *this;
  }
  Tuple& strings(const std::vector<std::string>& values) {
    json_.begin_array();
    for (const std::string& value : values) json_.string(printable(value));
    json_.end_array();
    return *this;
  }
  Tuple& null() {
    json_.null();
    return *this;
  }
  const std::string& done() {
    json_.end_array();
    return text_;
  }

 private:
  std::string text_;
  JsonWriter json_{text_};
};

constexpr size_t shortest_replaced = 3;

std::string microseconds(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
}

}  // namespace

uint32_t InternedJson::index_of(const std::string& json) {
  const auto [entry, added] = indices_.emplace(json, static_cast<uint32_t>(order_.size()));
  if (added) order_.push_back(&entry->first);
  return entry->second;
}

void InternedJson::write(JsonWriter& json) const {
  json.begin_array();
  for (const std::string* text : order_) json.raw(*text);
  json.end_array();
}

std::string with_placeholders(std::string_view text, const ProbeCell& cell) {
  struct Name {
    std::string text;
    char placeholder;
  };
  std::array<Name, 4> names = {Name{cell.connection->sni ? printable(*cell.connection->sni) : "", '\x01'},
                               Name{cell.request->host ? printable(*cell.request->host) : "", '\x02'},
                               Name{cell.connection->node.text(), '\x03'},
                               Name{printable(cell.request->name), '\x04'}};
  // "a.example:443" before "a.example", or the port would stay and the sentence differ for each.
  std::stable_sort(names.begin(), names.end(),
                   [](const Name& a, const Name& b) { return a.text.size() > b.text.size(); });
  const std::string shown = printable(text);
  std::string out;
  for (size_t at = 0; at < shown.size();) {
    const std::string_view rest = std::string_view(shown).substr(at);
    const auto found = std::find_if(names.begin(), names.end(), [&](const Name& name) {
      return name.text.size() >= shortest_replaced && rest.starts_with(name.text);
    });
    if (found == names.end()) {
      out += shown[at++];
    } else {
      out += found->placeholder;
      at += found->text.size();
    }
  }
  return out;
}

uint32_t ProbePageData::connection(const ConnectionQuestion& connection) {
  Tuple tuple;
  tuple.text(connection.node.text()).text(to_string(connection.protocol)).sent(connection.sni);
  tuple.text(to_string(connection.sni_spelling)).text(connection.sni_name).text(to_string(connection.alpn));
  if (!connection.client_certificate) {
    tuple.null();
  } else if (*connection.client_certificate < report_.client_certificates.size()) {
    tuple.text(report_.client_certificates[*connection.client_certificate]);
  } else {
    tuple.text(fmt::format("#{}", *connection.client_certificate));
  }
  tuple.sent(connection.session_of).text(to_string(connection.use));
  return connections_.index_of(tuple.done());
}

uint32_t ProbePageData::request(const RequestQuestion& request) {
  Tuple tuple;
  tuple.sent(request.host).text(to_string(request.spelling)).text(to_string(request.placement));
  tuple.text(request.other).text(request.name).text(request.path);
  return requests_.index_of(tuple.done());
}

uint32_t ProbePageData::certificate(const Certificate& certificate) {
  std::vector<std::string> names;
  for (const CertificateName& name : certificate.names) names.push_back(name.text());
  Tuple tuple;
  tuple.strings(names).text(to_hex(certificate.fingerprint)).text(certificate.subject);
  tuple.text(certificate.issuer).text(to_string(certificate.key_type));
  return certificates_.index_of(tuple.done());
}

uint32_t ProbePageData::handshake(const Observation& seen) {
  std::optional<uint32_t> leaf;
  if (seen.certificate != nullptr) leaf = certificate(*seen.certificate);
  Tuple tuple;
  tuple.number(seen.handshake_done ? 1 : 0).text(seen.alert).text(seen.tls_version).text(seen.alpn);
  tuple.text(to_string(seen.protocol)).index(leaf).text(to_string(seen.trust)).text(seen.trust_problem);
  tuple.number(seen.client_certificate_requested ? 1 : 0).number(seen.resumed ? 1 : 0);
  if (seen.origin_frame) {
    tuple.strings(seen.origin_set);
  } else {
    tuple.null();
  }
  return handshakes_.index_of(tuple.done());
}

uint32_t ProbePageData::response(const ProbeCell& cell) {
  const Observation& seen = cell.seen;
  Tuple tuple;
  tuple.number(static_cast<uint64_t>(seen.status)).text(seen.server).text(seen.via);
  tuple.raw_text(with_placeholders(seen.location, cell)).text(seen.content_type).text(seen.alt_svc);
  tuple.number(seen.connection_close ? 1 : 0).number(seen.nosniff ? 1 : 0);
  const bool body = seen.status != 0;
  tuple.text(body ? to_hex(seen.body.sha256) : "").number(seen.body.bytes);
  tuple.number(seen.body.truncated ? 1 : 0).text(seen.owner);
  // Answers that differ in every cell (a clock, a request id) must not fill the page.
  const std::string& excerpt = seen.body.excerpt;
  if (excerpt.size() <= excerpt_bytes_left_) {
    tuple.raw_text(printable_lines(excerpt));
  } else {
    tuple.null();
    ++excerpts_left_out_;
  }
  const size_t before = responses_.size();
  const uint32_t index = responses_.index_of(tuple.done());
  if (responses_.size() > before) excerpt_bytes_left_ -= std::min(excerpt.size(), excerpt_bytes_left_);
  return index;
}

uint32_t ProbePageData::failure(const ProbeCell& cell) {
  Tuple tuple;
  tuple.text(to_string(cell.seen.stage));
  tuple.text(cell.seen.failure == ProbeFailure::none ? "" : to_string(cell.seen.failure));
  tuple.raw_text(with_placeholders(cell.seen.message, cell));
  return failures_.index_of(tuple.done());
}

uint32_t ProbePageData::judgement(const ProbeCell& cell) {
  Tuple tuple;
  tuple.number(static_cast<uint64_t>(cell.verdict)).text(to_string(cell.reason));
  tuple.text(cell.answered_by == HopSoftware::none ? "" : to_string(cell.answered_by));
  tuple.raw_text(with_placeholders(cell.answered_as, cell));
  tuple.raw_text(with_placeholders(cell.sentence, cell));
  return judgements_.index_of(tuple.done());
}

uint32_t ProbePageData::prediction(const ProbeCell& cell) {
  const Prediction& prediction = cell.prediction;
  const Expected& expected = prediction.expected;
  Tuple tuple;
  if (prediction.agreement != Agreement::not_predicted) {
    tuple.text(to_string(prediction.agreement)).text(to_string(expected.handshake.outcome));
    tuple.text(to_string(expected.answer.outcome)).number(static_cast<uint64_t>(expected.answer.status));
    tuple.raw_text(with_placeholders(prediction.virtual_host, cell));
    tuple.text(to_string(expected.answer.reason));
    tuple.raw_text(with_placeholders(prediction.difference, cell));
    const SourceSpan span =
        expected.answer.source.known() ? expected.answer.source : expected.handshake.source;
    std::string source;
    if (prediction.deployment != nullptr && span.known()) {
      source =
          fmt::format("{}:{}", report_.paths.of(prediction.deployment->files.path(span.file)), span.line);
    }
    tuple.text(source);
  }
  return predictions_.index_of(tuple.done());
}

uint32_t ProbePageData::command(const ProbeCell& cell) {
  Tuple tuple;
  tuple.raw_text(with_placeholders(repeat_command(cell, report_), cell));
  return commands_.index_of(tuple.done());
}

void ProbePageData::append_row(std::string& out, const ProbeCell& cell) {
  const Timings& timings = cell.seen.timings;
  out += fmt::format("[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]", cell.id, connection(*cell.connection),
                     request(*cell.request), handshake(cell.seen), response(cell), failure(cell),
                     judgement(cell), prediction(cell), command(cell), cell.seen.connection_id,
                     cell.seen.request_index, microseconds(timings.connect), microseconds(timings.handshake),
                     microseconds(timings.first_byte), microseconds(timings.total));
}

void ProbePageData::write_tables(JsonWriter& json) const {
  const auto table = [&](std::string_view name, const InternedJson& rows) {
    json.key(name);
    rows.write(json);
  };
  table("connections", connections_);
  table("requests", requests_);
  table("handshakes", handshakes_);
  table("certificates", certificates_);
  table("responses", responses_);
  table("failures", failures_);
  table("judgements", judgements_);
  table("predictions", predictions_);
  table("commands", commands_);
}

}  // namespace astray
