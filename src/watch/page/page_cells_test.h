#pragma once
// Parts of a watcher's world for tests: names, certificates, cells that are broken.
#include <fmt/format.h>

#include "base/json_writer.h"
#include "watch/model/round_record.h"

namespace astray::watch::test {

inline constexpr Instant world_now{1'796'000'000};  // 2026-11-30T00:53:20Z

/// "tenant-007.customers.example.test"; some have names that people know.
inline std::string world_name(size_t i) {
  constexpr std::string_view known[] = {"www", "api", "login", "static", "intern"};
  if (i < std::size(known)) return fmt::format("{}.example.test", known[i]);
  return fmt::format("tenant-{:03}.customers.example.test", i);
}
/// Forty names share one.
inline std::string certificate_of(size_t name) {
  return fmt::format("{:064x}", 0xce47 + name / 40);
}

inline CertificateRecord certificate_record(size_t group, std::vector<std::string> names) {
  CertificateRecord certificate;
  certificate.fingerprint = certificate_of(group * 40);
  certificate.names = std::move(names);
  certificate.subject = fmt::format("CN=group {} of example.test", group);
  certificate.issuer = "CN=Test Authority";
  certificate.not_before = {world_now.unix_seconds - 86'400 * 30};
  certificate.not_after = {world_now.unix_seconds + 86'400 * 60};
  return certificate;
}

/// What `astray probe --format json` says of a cell, as far as the page shows it.
inline std::string evidence_of(const CellRecord& cell) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().member("node", cell.key.node).member("path", "/").key("connection").begin_object();
  json.key("id").number(7).member("use", to_string(cell.key.use)).key("request_index").number(1).end_object();
  json.member("tls_version", "TLSv1.3").key("alert").null().key("error").null();
  json.member("server", "</script><img src=x onerror=document.title='owned'>").key("via").null();
  json.key("location").null().key("body").begin_object().member("sha256", std::string(64, 'a'));
  json.key("bytes").number(512).key("truncated").boolean(false).end_object();
  json.key("prediction").begin_object().member("agreement", "differs").member("outcome", "reject");
  json.key("status").number(421).member("virtual_host", "login.example.test").end_object().end_object();
  return text;
}

inline void break_cell(CellRecord& cell, CellVerdict verdict, std::string sentence) {
  cell.answer.verdict = verdict;
  cell.answer.agreement = Agreement::differs;
  cell.answer.difference = "virtual host: predicted login.example.test, was www.example.test";
  cell.answer.source = "nginx.conf:12:3";
  cell.answer.answered_as = "www.example.test";
  cell.sentence = std::move(sentence);
  cell.evidence = evidence_of(cell);
}

}  // namespace astray::watch::test
