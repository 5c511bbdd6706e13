#include "verdict/judge_retry.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/golden.h"
#include "verdict/every_combination.h"

namespace astray::judge_retry_test {
namespace {

struct Case {
  std::string name;
  std::string profile;
  MisdirectedAnswer answered;
  RetryAnswer answer;
  Reason reason;
  RetryMemory memory;
};

class RetryCase : public testing::TestWithParam<Case> {};

TEST_P(RetryCase, IsJudged) {
  const Case& c = GetParam();
  const ClientProfile* profile = find_client_profile(c.profile);
  ASSERT_NE(profile, nullptr);
  RetryVerdict verdict = judge_retry(*profile, c.answered);
  EXPECT_EQ(to_string(verdict.answer), to_string(c.answer));
  EXPECT_EQ(to_string(verdict.reason), to_string(c.reason));
  EXPECT_EQ(verdict.memory, c.memory);
}

using enum CarriedBy;
constexpr auto fresh = RetryAnswer::retry_on_fresh_connection;
constexpr auto same = RetryAnswer::retry_on_same_connection;
constexpr auto returned = RetryAnswer::return_to_caller;
constexpr RetryMemory nothing{};

constexpr MisdirectedAnswer on(CarriedBy carried_by) {
  return {.carried_by = carried_by};
}
constexpr MisdirectedAnswer streamed(CarriedBy carried_by) {
  return {.carried_by = carried_by, .body = RequestBody::streaming};
}
constexpr MisdirectedAnswer again(CarriedBy carried_by, uint8_t earlier) {
  return {.carried_by = carried_by, .earlier_retries = earlier};
}

// clients.md §2, row by row.
INSTANTIATE_TEST_SUITE_P(
    JudgeRetry, RetryCase,
    testing::Values(
        // Chrome: one retry per transaction, any method; not a streamed body; its own session answers again.
        Case{"chromium_coalesced",
             "chromium-h2",
             on(coalesced_connection),
             fresh,
             Reason::retry_on_fresh_connection,
             {.evicts_alias = true}},
        Case{"chromium_replayable_body",
             "chromium-h2",
             {.carried_by = coalesced_connection, .body = RequestBody::replayable},
             fresh,
             Reason::retry_on_fresh_connection,
             {.evicts_alias = true}},
        Case{"chromium_own", "chromium-h2", on(own_connection), same, Reason::retry_on_same_connection,
             nothing},
        Case{"chromium_own_h1",
             "chromium-h2",
             {.carried_by = own_connection, .protocol = Protocol::h1},
             fresh,
             Reason::retry_on_fresh_connection,
             {.evicts_alias = true, .closes_connection = true}},
        Case{"chromium_second", "chromium-h2", again(coalesced_connection, 1), returned,
             Reason::already_retried, nothing},
        Case{"chromium_streamed", "chromium-h2", streamed(coalesced_connection), returned,
             Reason::body_not_replayable, nothing},
        Case{"chromium_h3_leaves_quic", "chromium-h3", on(own_connection), fresh,
             Reason::retry_on_fresh_connection, nothing},
        // Firefox: once, fresh, DNS anew, Alt-Svc dropped, origin out of the ORIGIN set, GOAWAY; not with
        // NTLM.
        Case{"firefox_coalesced",
             "firefox-h2",
             on(coalesced_connection),
             fresh,
             Reason::retry_on_fresh_connection,
             {.drops_alternative = true,
              .removes_from_origin_set = true,
              .closes_connection = true,
              .refreshes_dns = true}},
        Case{"firefox_own",
             "firefox-h2",
             on(own_connection),
             fresh,
             Reason::retry_on_fresh_connection,
             {.drops_alternative = true,
              .removes_from_origin_set = true,
              .closes_connection = true,
              .refreshes_dns = true}},
        Case{"firefox_second", "firefox-h2", again(own_connection, 1), returned, Reason::already_retried,
             nothing},
        Case{"firefox_ntlm",
             "firefox-h2",
             {.carried_by = own_connection, .authentication = AuthenticationBinding::bound},
             returned,
             Reason::authentication_bound,
             nothing},
        Case{"chromium_does_not_mind_ntlm",
             "chromium-h2",
             {.carried_by = coalesced_connection, .authentication = AuthenticationBinding::bound},
             fresh,
             Reason::retry_on_fresh_connection,
             {.evicts_alias = true}},
        // Safari: seen to retry, seen not to.
        Case{"safari", "safari", on(coalesced_connection), RetryAnswer::could_not_tell, Reason::facts_missing,
             nothing},
        // OkHttp: only what it coalesced; marks the connection for good; 20 follow-ups.
        Case{"okhttp_coalesced",
             "okhttp",
             on(coalesced_connection),
             fresh,
             Reason::retry_on_fresh_connection,
             {.marks_connection = true}},
        Case{"okhttp_own", "okhttp", on(own_connection), returned, Reason::connection_not_coalesced, nothing},
        Case{"okhttp_nineteenth",
             "okhttp",
             again(coalesced_connection, 19),
             fresh,
             Reason::retry_on_fresh_connection,
             {.marks_connection = true}},
        Case{"okhttp_twentieth", "okhttp", again(coalesced_connection, 20), returned, Reason::already_retried,
             nothing},
        Case{"okhttp_one_shot", "okhttp", streamed(coalesced_connection), returned,
             Reason::body_not_replayable, nothing},
        // .NET: only an Alt-Svc authority that is not the origin's; no look at the body.
        Case{"dotnet_alternative",
             "dotnet",
             on(alternative),
             fresh,
             Reason::retry_on_fresh_connection,
             {.blocks_alternative = true}},
        Case{"dotnet_alternative_streamed",
             "dotnet",
             streamed(alternative),
             fresh,
             Reason::retry_on_fresh_connection,
             {.blocks_alternative = true}},
        Case{"dotnet_own", "dotnet", on(own_connection), returned, Reason::not_an_alternative_service,
             nothing},
        // undici: the Fetch standard, step 16.
        Case{"undici",
             "undici",
             on(own_connection),
             fresh,
             Reason::retry_on_fresh_connection,
             {.closes_connection = true}},
        Case{"undici_second", "undici", again(own_connection, 1), returned, Reason::already_retried, nothing},
        Case{"undici_streamed", "undici", streamed(own_connection), returned, Reason::body_not_replayable,
             nothing},
        // Ours.
        Case{"strict",
             "strict",
             on(coalesced_connection),
             fresh,
             Reason::retry_on_fresh_connection,
             {.evicts_alias = true,
              .marks_connection = true,
              .drops_alternative = true,
              .removes_from_origin_set = true,
              .refreshes_dns = true}},
        Case{"rfc",
             "rfc9113",
             on(alternative),
             fresh,
             Reason::retry_on_fresh_connection,
             {.drops_alternative = true, .removes_from_origin_set = true}}),
    [](const auto& test) { return test.param.name; });

class NeverRetries : public testing::TestWithParam<std::string> {};

TEST_P(NeverRetries, HandsItToItsCaller) {
  for (CarriedBy carried_by : {own_connection, coalesced_connection, alternative}) {
    RetryVerdict verdict = judge_retry(*find_client_profile(GetParam()), on(carried_by));
    EXPECT_EQ(verdict.answer, returned);
    EXPECT_EQ(verdict.reason, Reason::client_never_retries);
    EXPECT_EQ(verdict.memory, nothing);
  }
}

INSTANTIATE_TEST_SUITE_P(All, NeverRetries,
                         testing::Values("curl", "go", "java", "apache-httpclient", "jetty", "reactor-netty",
                                         "httpx", "urllib3", "hyper", "node-http2"));

TEST(JudgeRetry, OutcomeTable) {
  std::string table =
      "# judge_retry: a 421 came. Client, connection it came on, body, authentication, retries before: what "
      "follows.\n";
  for (const ClientProfile* profile : all_client_profiles()) {
    table += fmt::format("\n## {}\n", profile->id);
    test::EveryCombination::run([&](test::EveryCombination& choose) {
      MisdirectedAnswer answered;
      answered.carried_by = choose.of({own_connection, coalesced_connection, alternative});
      answered.body = choose.of({RequestBody::none, RequestBody::streaming});
      answered.authentication = choose.of({AuthenticationBinding::none, AuthenticationBinding::bound});
      answered.earlier_retries = choose.of({uint8_t{0}, uint8_t{1}});
      RetryVerdict verdict = judge_retry(*profile, answered);
      table += fmt::format("{:<21} {:<9} {:<5} {}  {:<26} {}\n", to_string(answered.carried_by),
                           answered.body == RequestBody::none ? "no body" : "streaming",
                           answered.authentication == AuthenticationBinding::none ? "-" : "bound",
                           answered.earlier_retries, to_string(verdict.answer), to_string(verdict.reason));
    });
  }
  test::expect_golden(ASTRAY_SOURCE_DIR "/src/verdict/golden/judge_retry.txt", table);
}

// RFC 9110 §15.5.20 leaves the retry to the client; only a connection other than the one that answered can
// help.
TEST(JudgeRetry, OurOwnClientsNeverAskTheSameConnectionAgain) {
  for (const char* id : {"strict", "rfc9113"}) {
    for (CarriedBy carried_by : {own_connection, coalesced_connection, alternative})
      EXPECT_NE(judge_retry(*find_client_profile(id), on(carried_by)).answer, same);
  }
}

}  // namespace
}  // namespace astray::judge_retry_test
