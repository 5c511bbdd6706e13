// Bodies that are made while they are sent.
#include <gtest/gtest.h>

#include "library/world.h"

namespace astray::test {
namespace {

using namespace std::chrono_literals;

TEST(Upload, IsWrittenInto) {
  SiteServer site;
  http::Client client(options_for(site));
  http::PushBody push(10'000);
  Heard heard;
  http::Fetch fetch =
      client.start({.url = site.url("/echo"), .method = "POST", .body = push.source()}, heard);
  constexpr size_t all = 3'000'000;
  const std::string bytes = site_bytes(0, all);
  for (size_t at = 0; at < all; at += 7777) ASSERT_TRUE(push.write(std::string_view(bytes).substr(at, 7777)));
  EXPECT_FALSE(push.is_over());
  push.finish();
  EXPECT_FALSE(push.write("more"));
  fetch.wait();
  ASSERT_FALSE(heard.error) << heard.error->sentence;
  EXPECT_TRUE(heard.body == bytes);
  EXPECT_TRUE(push.is_over());
  EXPECT_TRUE(heard.story.ends_with("trailers 3000000, end")) << heard.story;
}

/// The server does not read: the writer is held back, and nothing grows.
TEST(Upload, HoldsItsWriterBack) {
  SiteServer site;
  http::Client client(options_for(site));
  std::atomic<bool> room = false;
  http::PushBody push(100'000, std::nullopt, [&] { room = true; });
  Heard heard;
  http::Fetch fetch =
      client.start({.url = site.url("/hold"), .method = "POST", .body = push.source()}, heard);
  const std::string piece(50'000, 'x');
  size_t taken = 0;
  ASSERT_TRUE(eventually([&] {
    const size_t count = push.try_write(piece);
    taken += count;
    if (count != 0) return false;
    std::this_thread::sleep_for(100ms);
    return push.try_write({}) == 0 && !room.exchange(false);
  }));
  EXPECT_LT(taken, 2'000'000u);
  EXPECT_FALSE(fetch.ended());
  site.release();
  // It looks again when it hears something.
  ASSERT_TRUE(client.fetch({.url = site.url("/")}));
  ASSERT_TRUE(push.write(piece));
  taken += piece.size();
  push.finish();
  fetch.wait();
  ASSERT_FALSE(heard.error) << heard.error->sentence;
  EXPECT_EQ(heard.body, std::to_string(taken));
  EXPECT_TRUE(room);
}

TEST(Upload, ComesFromAFunction) {
  SiteServer site;
  http::Client client(options_for(site));
  size_t made = 0;
  const auto source = http::body_from([&](char* buffer, size_t size) {
    size = std::min(size, 1'000'000 - made);
    if (size == 0) return http::BodyPiece::end();
    site_bytes(made, size).copy(buffer, size);
    made += size;
    return http::BodyPiece::bytes(size);
  });
  const http::Outcome outcome = client.fetch({.url = site.url("/echo"), .method = "PUT", .body = source});
  ASSERT_TRUE(outcome) << outcome.error->sentence;
  EXPECT_TRUE(outcome.body == site_bytes(0, 1'000'000));
  EXPECT_EQ(outcome.trailers.at(0).value, "1000000");
}

/// Has nothing now and then.
class Hesitant final : public http::BodySource {
 public:
  http::BodyPiece read(char* buffer, size_t) override {
    if (++asked_ > 40) return http::BodyPiece::end();
    if (asked_ % 2 == 1) {
      waker_ = std::thread([this, old = std::move(waker_)]() mutable {
        if (old.joinable()) old.join();
        ready();
      });
      return http::BodyPiece::later();
    }
    *buffer = 'x';
    return http::BodyPiece::bytes(1);
  }
  void on_over() override { over = true; }
  ~Hesitant() override {
    if (waker_.joinable()) waker_.join();
  }
  std::atomic<bool> over = false;

 private:
  int asked_ = 0;
  std::thread waker_;
};

TEST(Upload, MayHaveNothingForAWhile) {
  SiteServer site;
  http::Client client(options_for(site));
  const auto source = std::make_shared<Hesitant>();
  const http::Outcome outcome = client.fetch({.url = site.url("/count"), .method = "POST", .body = source});
  ASSERT_TRUE(outcome) << outcome.error->sentence;
  EXPECT_EQ(outcome.body, "20");
  EXPECT_TRUE(source->over);
}

TEST(Upload, FailsWhenItsSourceDoes) {
  SiteServer site;
  http::Client client(options_for(site));
  const auto failing =
      http::body_from([](char*, size_t) { return http::BodyPiece::failed("the disk is gone"); });
  const http::Outcome outcome = client.fetch({.url = site.url("/count"), .method = "POST", .body = failing});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error->kind, http::ErrorKind::body_source_failed);
  EXPECT_NE(outcome.error->sentence.find("the disk is gone"), std::string::npos) << outcome.error->sentence;
  const auto lying = http::body_from([](char*, size_t size) { return http::BodyPiece::bytes(size + 1); });
  EXPECT_EQ(client.fetch({.url = site.url("/count"), .method = "POST", .body = lying}).error->kind,
            http::ErrorKind::body_source_failed);
  EXPECT_TRUE(eventually([&] { return site.traffic().streams == 0; }));
}

TEST(Upload, IsNeverTakenForWholeWhenItsWriterLeaves) {
  SiteServer site;
  http::Client client(options_for(site));
  Heard heard;
  http::Fetch fetch;
  {
    http::PushBody push;
    fetch = client.start({.url = site.url("/count"), .method = "POST", .body = push.source()}, heard);
    ASSERT_TRUE(push.write("half"));
  }
  fetch.wait();
  EXPECT_EQ(heard.error->kind, http::ErrorKind::body_source_failed);
}

TEST(Upload, LetsItsWriterGoWhenTheFetchIsOver) {
  SiteServer site;
  http::Client client(options_for(site));
  http::PushBody push(10'000);
  Heard heard;
  http::Fetch fetch =
      client.start({.url = site.url("/hold"), .method = "POST", .body = push.source()}, heard);
  std::thread writer([&] {
    const std::string piece(50'000, 'x');
    while (push.write(piece)) continue;
  });
  EXPECT_TRUE(eventually([&] { return site.traffic().bytes_read > 0; }));
  fetch.cancel();
  writer.join();
  EXPECT_TRUE(push.is_over());
}

TEST(Upload, IsReadByOneFetchAlone) {
  SiteServer site;
  http::Client client(options_for(site));
  http::PushBody push;
  Heard heard;
  http::Fetch fetch =
      client.start({.url = site.url("/count"), .method = "POST", .body = push.source()}, heard);
  const http::Outcome second =
      client.fetch({.url = site.url("/count"), .method = "POST", .body = push.source()});
  EXPECT_EQ(second.error->kind, http::ErrorKind::invalid_request);
  push.write("abc");
  push.finish();
  fetch.wait();
  EXPECT_EQ(heard.body, "3");
  const http::Outcome third =
      client.fetch({.url = site.url("/count"), .method = "POST", .body = push.source()});
  EXPECT_EQ(third.error->kind, http::ErrorKind::body_source_failed);
}

}  // namespace
}  // namespace astray::test
