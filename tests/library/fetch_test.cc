// Blocking fetches, streams, and what they say.
#include <gtest/gtest.h>

#include "library/world.h"

namespace astray::test {
namespace {

TEST(Fetch, BringsTheWholeResponseAndItsStory) {
  SiteServer site;
  http::Client client(options_for(site));
  ASSERT_FALSE(client.error()) << client.error()->sentence;
  const http::Outcome first = client.fetch({.url = site.url("/")});
  ASSERT_TRUE(first) << first.error->sentence;
  EXPECT_EQ(first.head.status, 200);
  EXPECT_EQ(first.head.version, "HTTP/2");
  EXPECT_EQ(first.body, "hello from a.test");
  ASSERT_NE(http::find(first.head.fields, "Server"), nullptr);
  EXPECT_EQ(*http::find(first.head.fields, "Server"), "site");
  EXPECT_EQ(http::find(first.head.fields, "x-none"), nullptr);
  EXPECT_EQ(first.report.connection.id, 1u);
  EXPECT_EQ(first.report.connection.carriage, http::Carriage::opened);
  EXPECT_EQ(first.report.connection.server_name, "a.test");
  EXPECT_EQ(first.report.connection.tls_version, "TLSv1.3");
  EXPECT_EQ(first.report.body_bytes, first.body.size());
  EXPECT_GT(first.report.timings.total.count(), 0);

  const http::Outcome second = client.fetch({.url = site.url("/")});
  ASSERT_TRUE(second);
  EXPECT_EQ(second.report.connection.id, 1u);
  EXPECT_EQ(second.report.connection.carriage, http::Carriage::reused);
  const http::Outcome third = client.fetch({.url = site.url("/", "b.test")});
  ASSERT_TRUE(third) << third.error->sentence;
  EXPECT_EQ(third.body, "hello from b.test");
  EXPECT_EQ(third.report.connection.id, 1u);
  EXPECT_EQ(third.report.connection.carriage, http::Carriage::coalesced);
  EXPECT_EQ(third.report.connection.server_name, "a.test");

  const http::Counters counters = client.counters();
  EXPECT_EQ(counters.fetches, 3u);
  EXPECT_EQ(counters.opened, 1u);
  EXPECT_EQ(counters.coalesced, 1u);
  EXPECT_EQ(counters.connections, 1u);
}

TEST(Fetch, CoalescesOnlyWhereTheOptionsAllowIt) {
  SiteServer site;
  http::Options options = options_for(site);
  options.coalescing = http::Coalescing::off;
  http::Client client(options);
  ASSERT_TRUE(client.fetch({.url = site.url("/")}));
  const http::Outcome other = client.fetch({.url = site.url("/", "b.test")});
  ASSERT_TRUE(other);
  EXPECT_EQ(other.report.connection.id, 2u);
  EXPECT_EQ(other.report.connection.carriage, http::Carriage::opened);
}

TEST(Fetch, A421ThatStaysIsTheAnswer) {
  SiteServer site;
  http::Client client(options_for(site));
  const http::Outcome outcome = client.fetch({.url = site.url("/misdirected")});
  ASSERT_TRUE(outcome) << outcome.error->sentence;
  EXPECT_EQ(outcome.head.status, 421);
  ASSERT_TRUE(outcome.report.misdirected);
  EXPECT_GE(outcome.report.misdirected->answers, 1u);
  EXPECT_FALSE(outcome.report.misdirected->verdict.empty());
}

TEST(Fetch, TellsErrorsApart) {
  SiteServer site;
  http::Client client(options_for(site));
  EXPECT_EQ(client.fetch({.url = "ftp://a.test/"}).error->kind, http::ErrorKind::invalid_request);
  EXPECT_EQ(client.fetch({.url = ""}).error->kind, http::ErrorKind::invalid_request);
  const http::Outcome split = client.fetch({.url = site.url("/"), .fields = {{"Host", "b.test"}}});
  EXPECT_EQ(split.error->kind, http::ErrorKind::identity_split) << split.error->sentence;
  EXPECT_FALSE(split.error->may_have_been_processed);
  EXPECT_EQ(site.traffic().requests, 0u);

  const http::Outcome refused = client.fetch({.url = "https://127.0.0.1:1/"});
  EXPECT_EQ(refused.error->kind, http::ErrorKind::connect_failed);
  EXPECT_EQ(refused.error->phase, http::Phase::connect);
  http::Request impatient{.url = site.url("/never")};
  impatient.timeouts.head = std::chrono::milliseconds(50);
  const http::Outcome late = client.fetch(impatient);
  EXPECT_EQ(late.error->kind, http::ErrorKind::timed_out);
  EXPECT_TRUE(late.error->may_have_been_processed);
  const http::Outcome large = client.fetch({.url = site.url("/bytes/1000"), .most_body_bytes = 999});
  EXPECT_EQ(large.error->kind, http::ErrorKind::too_large) << large.error->sentence;

  http::Client stranger((http::Options{.resolve = {site.resolve("a.test")}}));
  EXPECT_EQ(stranger.fetch({.url = site.url("/")}).error->kind, http::ErrorKind::certificate_refused);
}

TEST(Fetch, ShakesHandsUnderAnotherNameOnlyWhereAsked) {
  SiteServer site;
  http::Client client(options_for(site));
  const http::Outcome outcome =
      client.fetch({.url = site.url("/"), .identity = http::ConnectIdentity{.server_name = "b.test"}});
  ASSERT_TRUE(outcome) << outcome.error->sentence;
  EXPECT_EQ(outcome.body, "hello from a.test");
  EXPECT_EQ(outcome.report.connection.server_name, "b.test");
  const http::Outcome bad =
      client.fetch({.url = site.url("/"), .identity = http::ConnectIdentity{.server_name = "127.0.0.1"}});
  EXPECT_EQ(bad.error->kind, http::ErrorKind::invalid_request);
}

TEST(Fetch, FailsWithTheOptionsThatCannotBeUsed) {
  const auto sentence_of = [](http::Options options) {
    http::Client client(std::move(options));
    const http::Outcome outcome = client.fetch({.url = "https://a.test/"});
    EXPECT_EQ(outcome.error->kind, http::ErrorKind::bad_options);
    EXPECT_EQ(outcome.error->sentence, client.error()->sentence);
    return client.error()->sentence;
  };
  EXPECT_NE(sentence_of({.ca_file = "/no/such/file"}).find("/no/such/file"), std::string::npos);
  EXPECT_NE(sentence_of({.resolve = {"a.test:443"}}).find("resolve: 'a.test:443'"), std::string::npos);
  EXPECT_NE(sentence_of({.connect_to = {"x"}}).find("connect_to"), std::string::npos);
  EXPECT_NE(sentence_of({.client_key_file = "key.pem"}).find("client_certificate_file"), std::string::npos);
  EXPECT_NE(sentence_of({.proxy = "socks5://127.0.0.1"}).find("proxy"), std::string::npos);
  EXPECT_NE(sentence_of({.connections = 0}).find("connections"), std::string::npos);
  EXPECT_NE(
      sentence_of({.min_tls = http::TlsVersion::tls1_3, .max_tls = http::TlsVersion::tls1_2}).find("min_tls"),
      std::string::npos);
}

TEST(Fetch, StopsWhenItIsAskedTo) {
  SiteServer site;
  http::Client client(options_for(site));
  std::stop_source stop;
  std::thread other([&] {
    EXPECT_TRUE(eventually([&] { return site.traffic().streams == 1; }));
    stop.request_stop();
  });
  const http::Outcome outcome = client.fetch({.url = site.url("/never")}, stop.get_token());
  other.join();
  EXPECT_EQ(outcome.error->kind, http::ErrorKind::cancelled);
  EXPECT_TRUE(eventually([&] { return site.traffic().resets == 1; }));
  EXPECT_EQ(site.traffic().connections, 1);
  EXPECT_EQ(client.fetch({.url = site.url("/never")}, stop.get_token()).error->kind,
            http::ErrorKind::cancelled);
}

TEST(Stream, IsReadInPieces) {
  SiteServer site;
  http::Client client(options_for(site));
  http::ResponseStream stream = client.open({.url = site.url("/bytes/3000000")});
  ASSERT_EQ(stream.head().status, 200);
  uint64_t total = 0;
  char buffer[7000];
  while (const size_t count = stream.read(buffer)) {
    ASSERT_EQ(std::string_view(buffer, count), site_bytes(total, count));
    total += count;
  }
  EXPECT_FALSE(stream.error());
  EXPECT_EQ(total, 3'000'000u);
  EXPECT_EQ(stream.report().body_bytes, total);
  EXPECT_EQ(stream.read(buffer), 0u);
}

/// Nobody reads: the server makes no more than windows and buffers hold, however much there is.
TEST(Stream, HoldsThePeerBackWhileNobodyReads) {
  SiteServer site;
  http::Client client(options_for(site));
  constexpr uint64_t all = uint64_t{64} * 1024 * 1024;
  http::ResponseStream stream = client.open({.url = site.url("/bytes/" + std::to_string(all))});
  uint64_t before = 0;
  // It has come to rest when nothing was made for a while.
  ASSERT_TRUE(eventually([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return std::exchange(before, site.traffic().bytes_made) == site.traffic().bytes_made;
  }));
  EXPECT_LT(site.traffic().bytes_made, 16u * 1024 * 1024);
  // The connection carries others meanwhile.
  const http::Outcome other = client.fetch({.url = site.url("/")});
  ASSERT_TRUE(other) << other.error->sentence;
  EXPECT_EQ(other.report.connection.id, 1u);
  std::string buffer(65536, '\0');
  uint64_t total = 0;
  while (const size_t count = stream.read(buffer)) total += count;
  EXPECT_FALSE(stream.error());
  EXPECT_EQ(total, all);
}

TEST(Stream, IsCancelledByDroppingIt) {
  SiteServer site;
  http::Client client(options_for(site));
  {
    const http::ResponseStream stream = client.open({.url = site.url("/bytes/100000000")});
    ASSERT_EQ(stream.head().status, 200);
  }
  EXPECT_TRUE(eventually([&] { return site.traffic().resets == 1 && site.traffic().streams == 0; }));
  EXPECT_TRUE(client.fetch({.url = site.url("/")}));
  EXPECT_EQ(client.counters().opened, 1u);
}

TEST(Stream, SaysWhyNoHeadCame) {
  http::Client client;
  const http::ResponseStream stream = client.open({.url = "nowhere"});
  EXPECT_EQ(stream.head().status, 0);
  ASSERT_TRUE(stream.error());
  EXPECT_EQ(stream.error()->kind, http::ErrorKind::invalid_request);
}

TEST(Trace, TellsEveryDecision) {
  SiteServer site;
  http::Options options = options_for(site);
  std::vector<std::string> text, json;  // the I/O thread's, and ours once a fetch is over
  options.on_event = [&,
                      to_text = http::trace_to(http::TraceFormat::text,
                                               [&](std::string_view line) { text.emplace_back(line); }),
                      to_json = http::trace_to(http::TraceFormat::json, [&](std::string_view line) {
                        json.emplace_back(line);
                      })](const http::Event& event) {
    to_text(event);
    to_json(event);
  };
  {
    http::Client client(options);
    ASSERT_TRUE(client.fetch({.url = site.url("/")}));
    ASSERT_TRUE(client.fetch({.url = site.url("/", "b.test")}));
  }
  const auto has = [](const std::vector<std::string>& lines, std::string_view word, std::string_view other) {
    return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.find(word) != std::string::npos && line.find(other) != std::string::npos;
    });
  };
  EXPECT_TRUE(has(text, "coalesced", "b.test"));
  EXPECT_TRUE(has(json, R"("astray.tls.sni":"a.test")", R"("astray.http.authority":"https://b.test)"))
      << ::testing::PrintToString(json);
  EXPECT_TRUE(has(json, "astray.connection.id", "127.0.0.1:"));
}

}  // namespace
}  // namespace astray::test
