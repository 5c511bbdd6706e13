// The parts of back/ that stand alone.
#include <gtest/gtest.h>

#include "proxy/back/authority_memory.h"
#include "proxy/back/back_health.h"
#include "proxy/back/back_messages.h"

namespace astray::proxy {
namespace {

using namespace std::chrono_literals;  // NOLINT: for tests alone

MonotonicTime at_second(int seconds) {
  return MonotonicTime(std::chrono::hours(1) + std::chrono::seconds(seconds));
}

TEST(BackKey, EachPartDistinguishes) {
  const Endpoint one = Endpoint::parse("10.0.0.1:443").value();
  const Endpoint other = Endpoint::parse("10.0.0.1:444").value();
  const BackKeyView base{BackIndex{1}, one, "a.example", "a.example", ""};
  std::vector<BackKeyView> others(5, base);
  others[0].back = BackIndex{2};
  others[1].address = other;
  others[2].sni = "b.example";
  others[3].verified_name = "b.example";
  others[4].authority = "a.example";
  for (const BackKeyView& view : others) {
    EXPECT_FALSE(BackKeyEqual()(base, view));
    EXPECT_FALSE(BackKeyEqual()(BackKey::of(base), view));
  }
  EXPECT_TRUE(BackKeyEqual()(BackKey::of(base), base));
  EXPECT_EQ(BackKeyHash()(BackKey::of(base)), BackKeyHash()(base));
  // A name must not stand in for another part.
  const BackKeyView sni_alone{BackIndex{1}, one, "a.example", "", ""};
  const BackKeyView name_alone{BackIndex{1}, one, "", "a.example", ""};
  EXPECT_FALSE(BackKeyEqual()(sni_alone, name_alone));
  EXPECT_NE(BackKeyHash()(sni_alone), BackKeyHash()(name_alone));
}

TEST(AuthorityMemory, IsExactAndExpires) {
  AuthorityMemory memory;
  const BackKeyView key{
      .back = BackIndex{0}, .sni = "a.example", .verified_name = "a.example", .authority = "x.example"};
  using Answer = AuthorityMemory::Answer;
  EXPECT_EQ(memory.ask(key, at_second(0)), Answer::unknown);
  memory.remember(key, at_second(0));
  EXPECT_EQ(memory.ask(key, at_second(599)), Answer::known);
  EXPECT_EQ(memory.ask(key, at_second(600)), Answer::unknown);
  for (const char* other : {"X.example", "x.example.", "x.example:443", "y.example", ""}) {
    BackKeyView another = key;
    another.authority = other;
    EXPECT_EQ(memory.ask(another, at_second(1)), Answer::unknown) << other;
  }
  BackKeyView another = key;
  another.back = BackIndex{1};
  EXPECT_EQ(memory.ask(another, at_second(1)), Answer::unknown);
  another = key;
  another.sni = "b.example";
  EXPECT_EQ(memory.ask(another, at_second(1)), Answer::unknown);
  // Again: its time begins anew.
  memory.remember(key, at_second(500));
  EXPECT_EQ(memory.ask(key, at_second(1099)), Answer::known);
  EXPECT_EQ(memory.size(), 1U);
}

TEST(AuthorityMemory, HoldsSoManyAndForgetsTheOldest) {
  AuthorityMemory memory;
  const auto name = [](int i) { return "host" + std::to_string(i) + ".example"; };
  const auto ask = [&](int i, int second) {
    const std::string authority = name(i);
    return memory.ask({.authority = authority}, at_second(second)) == AuthorityMemory::Answer::known;
  };
  for (int i = 0; i < 3000; ++i) {
    const std::string authority = name(i);
    memory.remember({.authority = authority}, at_second(0));
    EXPECT_LE(memory.size(), AuthorityMemory::most);
  }
  EXPECT_FALSE(ask(1975, 1));
  EXPECT_TRUE(ask(1976, 1));
  EXPECT_TRUE(ask(2999, 1));
  // What is over makes room by itself.
  memory.remember({.authority = "late.example"}, at_second(700));
  EXPECT_EQ(memory.size(), 1U);
}

TEST(AddressHealth, RestsAfterFailuresInARow) {
  AddressHealth health;
  const gateway::PassiveHealthSettings settings{.failures = 3, .rest = 10s};
  EXPECT_FALSE(health.rests(at_second(0)));
  health.note_failure(settings, at_second(0));
  health.note_failure(settings, at_second(0));
  health.note_answer();
  health.note_failure(settings, at_second(1));
  health.note_failure(settings, at_second(1));
  EXPECT_FALSE(health.rests(at_second(1)));
  health.note_failure(settings, at_second(2));
  EXPECT_TRUE(health.rests(at_second(2)));
  EXPECT_TRUE(health.rests(at_second(11)));
  EXPECT_FALSE(health.rests(at_second(12)));
}

TEST(AddressHealth, ChecksCountInARowAndTheFirstByItself) {
  using Checked = AddressHealth::Checked;
  gateway::ActiveHealthSettings settings;
  settings.healthy_after = 2;
  settings.unhealthy_after = 3;
  struct Case {
    const char* checks;
    Checked checked;
  };
  const Case cases[] = {
      {"", Checked::unknown},          {"+", Checked::healthy},      {"-", Checked::unhealthy},
      {"+--", Checked::healthy},       {"+---", Checked::unhealthy}, {"+--+--", Checked::healthy},
      {"-+", Checked::unhealthy},      {"-++", Checked::healthy},    {"-+-+-+", Checked::unhealthy},
      {"-++---+", Checked::unhealthy},
  };
  for (const Case& c : cases) {
    AddressHealth health;
    for (const char* check = c.checks; *check != '\0'; ++check)
      health.note_check(*check == '+' ? AddressHealth::Check::good : AddressHealth::Check::bad, settings);
    EXPECT_EQ(health.checked(), c.checked) << c.checks;
  }
}

TEST(HealthBoard, GivesEachAddressOfEachBackOneObject) {
  HealthBoard board;
  const Endpoint one = Endpoint::parse("10.0.0.1:80").value();
  const Endpoint other = Endpoint::parse("10.0.0.2:80").value();
  const auto health = board.of(BackIndex{0}, one);
  EXPECT_EQ(board.of(BackIndex{0}, one), health);
  EXPECT_NE(board.of(BackIndex{0}, other), health);
  EXPECT_NE(board.of(BackIndex{1}, one), health);
}

TEST(BackMessages, RequestsCarryNoFieldsOfAnotherConnection) {
  RequestHead head{.method = "POST", .authority = "a.example", .target = "/x?y"};
  head.fields = {{"accept", "a"},           {"connection", "close"}, {"transfer-encoding", "chunked"},
                 {"content-length", "7"},   {"host", "evil"},        {"keep-alive", "1"},
                 {"proxy-connection", "x"}, {"upgrade", "h2c"},      {"te", "trailers"}};
  http1::Request request;
  // Whatever the memory held before is gone.
  request.field_lines = {"X: 1", "Y: 2", "Z: 3", "A: 4", "B: 5", "C: 6", "D: 7", "E: 8"};
  write_http1_request(head, request);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/x?y");
  EXPECT_EQ(request.field_lines.bytes(),
            "Host: a.example\r\n"
            "accept: a\r\n"
            "te: trailers\r\n"
            "Connection: TE\r\n"
            "Content-Length: 0\r\n");
  EXPECT_EQ(http2_request_fields(head), (http2::Fields{{":method", "POST"},
                                                       {":scheme", "https"},
                                                       {":authority", "a.example"},
                                                       {":path", "/x?y"},
                                                       {"accept", "a"},
                                                       {"te", "trailers"}}));
}

TEST(BackMessages, ResponsesLoseWhatBelongsToTheConnection) {
  const http1::Field lines[] = {{"X-A", "1"},
                                {"Connection", "x-b, close"},
                                {"X-B", "2"},
                                {"x-b", "3"},
                                {"Transfer-Encoding", "x"},
                                {"Content-Length", "4"},
                                {"connection", "X-C"},
                                {"X-C", "5"},
                                {"Set-Cookie", "a"},
                                {"Set-Cookie", "b"},
                                {"TE", "x"}};
  EXPECT_EQ(fields_from_http1(http1::Fields(lines)),
            (Fields{{"x-a", "1"}, {"set-cookie", "a"}, {"set-cookie", "b"}, {"te", "x"}}));
}

}  // namespace
}  // namespace astray::proxy
