#pragma once
// Records to fill a store with, for its tests.
#include <string>
#include <utility>

#include "watch/model/round_record.h"
#include "watch/store/store.h"

namespace astray::watch::test {

inline constexpr Instant long_ago{1'700'000'000};
inline Instant after(int64_t seconds) {
  return {long_ago.unix_seconds + seconds};
}

inline CellKey key(std::string node, std::string sni, std::string authority) {
  return {.node = std::move(node), .sni = std::move(sni), .authority = std::move(authority)};
}

/// An answer in which no field has its default.
inline CellAnswer answer(int status = 421) {
  return {.verdict = CellVerdict::false_421,
          .reason = Reason::certificate_gap,
          .failure = ProbeFailure::tls_alert,
          .agreement = Agreement::differs,
          .status = status,
          .protocol = "http/1.1",
          .certificate = "00ff",
          .certificate_covers = false,
          .client_certificate_requested = true,
          .trust = ChainTrust::untrusted,
          .answered_as = "b.test",
          .answered_by = "httpd",
          .difference = "status: predicted 200, was 421",
          .source = "nginx.conf:12:3",
          .page = "00112233445566778899aabbccddeeff"};
}

inline CellAnswer good_answer(std::string certificate = "00ff") {
  CellAnswer answer;
  answer.verdict = CellVerdict::own;
  answer.reason = Reason::own_name;
  answer.status = 200;
  answer.protocol = "h2";
  answer.certificate = std::move(certificate);
  return answer;
}

inline CellRecord record(CellKey key, CellAnswer answer, std::string evidence = "") {
  CellRecord record{
      .key = std::move(key), .answer = std::move(answer), .sentence = {}, .evidence = std::move(evidence)};
  record.sentence =
      record.key.authority + " on " + record.key.node + " answered " + std::to_string(record.answer.status);
  return record;
}

/// A problem in which no field has its default.
inline Problem problem(std::string id = "0123abcd", ProblemState state = ProblemState::open) {
  Problem problem{.id = std::move(id),
                  .kind = ProblemKind::certificate_gap,
                  .cause_key = "00ff",
                  .severity = Severity::error,
                  .state = state,
                  .from = "a.test",
                  .to = "b.test",
                  .sentence = "b.test is not covered any longer",
                  .cause = "the certificate was renewed without b.test",
                  .next_step = "astray probe b.test",
                  .nodes = {"192.0.2.1:443", "192.0.2.2:443"},
                  .affected_names = {"b.test", "c.test"},
                  .symptoms = {"c.test too", std::string("\xff\0 no text", 10)},
                  .symptom_count = 7,
                  .evidence = {record(key("192.0.2.1:443", "a.test", "b.test"), answer(), "{\"id\":1}")},
                  .before = answer(200),
                  .first_seen = after(10),
                  .last_seen = after(20),
                  .opened = after(15),
                  .closed = {},
                  .rounds_missing = 2,
                  .acknowledged = Remark{after(16), "Ann", "it is on its way"},
                  .silenced = Silenced{{after(17), "Bob", "until it is there"}, after(3600)}};
  if (state == ProblemState::resolved || state == ProblemState::accepted) problem.closed = after(30);
  return problem;
}

inline SpanQuery spans_of(std::optional<std::string> authority, std::optional<std::string> sni = {}) {
  SpanQuery query;
  query.authority = std::move(authority);
  query.sni = std::move(sni);
  return query;
}
inline SpanQuery at_most(size_t most, SpanQuery query = {}) {
  query.most = most;
  return query;
}

inline RoundRecord round_at(Instant began) {
  RoundRecord round;
  round.began = began;
  return round;
}

}  // namespace astray::watch::test
