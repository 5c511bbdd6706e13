#include "watch/rounds/cell_recorder.h"

#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/json_writer.h"
#include "probe/cell_judge.h"
#include "report/probe_cell_json.h"
#include "watch/detection/pages.h"

namespace astray::watch {
namespace {

/// Whether people will want to see the whole of it. A refusal of a pair is as often right as wrong, and there are
/// many: those are not kept.
bool wants_evidence(const CellKey& key, const CellAnswer& answer) {
  if (answer.agreement == Agreement::differs || !answer.certificate_covers) return true;
  switch (answer.verdict) {
    case CellVerdict::own:
    case CellVerdict::indistinct:
    case CellVerdict::default_answer:
      return false;
    case CellVerdict::misdirected:
    case CellVerdict::authentication_bypass:
    case CellVerdict::false_421:
      return true;
    default:
      return key.is_baseline();
  }
}

}  // namespace

std::optional<CellKey> key_of(const ConnectionQuestion& connection, const RequestQuestion& request) {
  if (request.placement != Placement::usual || request.spelling == Spelling::empty || connection.session_of)
    return std::nullopt;
  return CellKey{
      .node = connection.node.text(),
      .sni = connection.sni.value_or(""),
      .authority = request.host.value_or(""),
      .alpn = connection.alpn,
      .use = connection.use,
      .client_certificate =
          connection.client_certificate ? static_cast<uint32_t>(*connection.client_certificate) + 1 : 0};
}

CellAnswer answer_of(const ProbeCell& cell) {
  const Observation& seen = cell.seen;
  CellAnswer answer;
  answer.verdict = cell.verdict;
  answer.reason = cell.reason;
  answer.failure = seen.failure;
  answer.agreement = cell.prediction.agreement;
  answer.status = seen.status;
  if (seen.handshake_done) answer.protocol = seen.protocol == Protocol::h1 ? "http/1.1" : to_string(seen.protocol);
  if (seen.certificate != nullptr && !seen.resumed) {
    answer.certificate = to_hex(seen.certificate->fingerprint);
    answer.certificate_covers = cell.request->name.empty() || covers(*seen.certificate, cell.request->name);
  }
  answer.client_certificate_requested = seen.client_certificate_requested;
  answer.trust = seen.trust;
  answer.answered_as = cell.answered_as;
  if (cell.answered_by != HopSoftware::none) answer.answered_by = to_string(cell.answered_by);
  answer.difference = cell.prediction.difference;
  answer.source = cell.prediction.source;
  answer.page = page_of(cell);
  return answer;
}

CellRecord record_of(const ProbeCell& cell, CellKey key, const ProbeReport& report) {
  CellRecord record;
  record.key = std::move(key);
  record.answer = answer_of(cell);
  record.sentence = cell.sentence;
  record.took = cell.seen.timings.total;
  if (!wants_evidence(record.key, record.answer)) return record;
  JsonWriter json(record.evidence);
  json.begin_object();
  write_cell_members(json, cell, report);
  json.end_object();
  return record;
}

CertificateRecord record_of(const Certificate& certificate) {
  CertificateRecord record;
  record.fingerprint = to_hex(certificate.fingerprint);
  record.subject = certificate.subject;
  record.issuer = certificate.issuer;
  record.not_before = certificate.not_before;
  record.not_after = certificate.not_after;
  for (const CertificateName& name : certificate.names) record.names.push_back(name.text());
  return record;
}

std::vector<CoalescibleRecord> coalescible_records(std::span<const OutlookRow> outlook) {
  struct Doing {
    std::set<std::string_view> clients;
    CellVerdict would_get = CellVerdict::could_not_tell;
    bool are_apart = false;
  };
  std::map<std::tuple<std::string_view, std::string_view, std::string>, Doing> doings;
  for (const OutlookRow& row : outlook) {
    Doing& doing = doings[{row.from, row.to, row.node.text()}];
    // Other reasons may be those of a moment: a handshake over HTTP/2 that failed leaves one over HTTP/1.1.
    doing.are_apart = doing.are_apart || row.reason == Reason::certificate_gap || row.reason == Reason::address_differs;
    if (row.answer != ReuseAnswer::reuse) continue;
    if (doing.clients.empty()) doing.would_get = row.would_get;
    doing.clients.insert(row.clients.begin(), row.clients.end());
  }
  std::vector<CoalescibleRecord> records;
  for (const auto& [place, doing] : doings) {
    if (doing.clients.empty() && !doing.are_apart) continue;
    const auto& [from, to, node] = place;
    records.push_back({.from = std::string(from),
                       .to = std::string(to),
                       .node = node,
                       .clients = fmt::format("{}", fmt::join(doing.clients, ",")),
                       .would_get = doing.would_get});
  }
  return records;
}

}  // namespace astray::watch
