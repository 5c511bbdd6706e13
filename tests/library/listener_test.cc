// Fetches that are heard: order, pause, cancelling at every callback, handles that go away.
#include <gtest/gtest.h>

#include "library/world.h"

namespace astray::test {
namespace {

using namespace std::chrono_literals;

TEST(Listener, HearsEverythingInOrder) {
  SiteServer site;
  http::Client client(options_for(site));
  Heard plain, interim, echo, refused;
  http::Fetch fetches[] = {client.start({.url = site.url("/")}, plain),
                           client.start({.url = site.url("/interim")}, interim),
                           client.start({.url = site.url("/echo"), .method = "POST", .body = "abc"}, echo),
                           client.start({.url = "?"}, refused)};
  for (http::Fetch& fetch : fetches) EXPECT_TRUE(fetch.wait());
  EXPECT_EQ(plain.story, "start, head 200, body, end");
  EXPECT_EQ(interim.story, "start, interim 103, head 200, body, end");
  EXPECT_EQ(echo.story, "start, head 200, body, trailers 3, end");
  EXPECT_EQ(echo.body, "abc");
  EXPECT_EQ(echo.report.uploaded_bytes, 3u);
  EXPECT_EQ(refused.story, "start, end");
  EXPECT_EQ(refused.error->kind, http::ErrorKind::invalid_request);
}

/// Pauses at every piece; whoever waits for the pauses resumes.
class Pausing final : public Heard {
 public:
  http::Demand on_body(std::string_view bytes) override {
    Heard::on_body(bytes);
    ++pieces;
    return http::Demand::pause;
  }
  std::atomic<int> pieces = 0;
};

TEST(Listener, PausesAndResumes) {
  SiteServer site;
  http::Client client(options_for(site));
  Pausing heard;
  constexpr size_t all = size_t{32} * 1024 * 1024;
  http::Fetch fetch = client.start({.url = site.url("/bytes/" + std::to_string(all))}, heard);
  ASSERT_TRUE(eventually([&] { return heard.pieces > 0; }));
  ASSERT_FALSE(fetch.wait_for(50ms));
  EXPECT_LT(site.traffic().bytes_made, 16u * 1024 * 1024);
  while (!fetch.wait_for(1ms)) fetch.resume();
  EXPECT_FALSE(heard.error);
  EXPECT_TRUE(heard.body == site_bytes(0, all));
}

/// Cancels when it has heard something.
class Cancelling final : public Heard {
 public:
  explicit Cancelling(std::string at) : at_(std::move(at)) {}

 private:
  void note(const std::string& what) override {
    Heard::note(what);
    if (what == at_) control.cancel();
  }
  std::string at_;
};

TEST(Listener, CancelsAtEveryCallback) {
  SiteServer site;
  http::Client client(options_for(site));
  const auto story_of = [&](const std::string& at, const std::string& path) {
    Cancelling heard(at);
    http::Fetch fetch =
        client.start({.url = site.url(path), .method = "POST", .body = std::string(100, 'x')}, heard);
    fetch.wait();
    EXPECT_EQ(heard.error.has_value(), at != "end") << heard.story;
    EXPECT_TRUE(!heard.error || heard.error->kind == http::ErrorKind::cancelled) << heard.error->sentence;
    return heard.story;
  };
  EXPECT_EQ(story_of("start", "/echo"), "start, end");
  EXPECT_EQ(story_of("interim 103", "/interim"), "start, interim 103, end");
  EXPECT_EQ(story_of("head 200", "/echo"), "start, head 200, end");
  EXPECT_EQ(story_of("body", "/echo"), "start, head 200, body, end");
  EXPECT_EQ(story_of("trailers 100", "/echo"), "start, head 200, body, trailers 100, end");
  // Too late.
  EXPECT_EQ(story_of("end", "/echo"), "start, head 200, body, trailers 100, end");
  EXPECT_TRUE(eventually([&] { return site.traffic().streams == 0; }));
  EXPECT_TRUE(client.fetch({.url = site.url("/")}));
  EXPECT_EQ(client.counters().opened, 1u);
}

/// Says what it wants where it is asked.
class Demanding final : public Heard {
 public:
  Demanding(http::Demand at_head, http::Demand at_body) : at_head_(at_head), at_body_(at_body) {}
  http::Demand on_head(const http::ResponseHead& head) override {
    Heard::on_head(head);
    return at_head_;
  }
  http::Demand on_body(std::string_view bytes) override {
    Heard::on_body(bytes);
    return at_body_;
  }

 private:
  http::Demand at_head_, at_body_;
};

TEST(Listener, CancelsByItsAnswer) {
  SiteServer site;
  http::Client client(options_for(site));
  Demanding at_head(http::Demand::cancel, http::Demand::more),
      at_body(http::Demand::more, http::Demand::cancel);
  http::Fetch first = client.start({.url = site.url("/bytes/1000000")}, at_head);
  http::Fetch second = client.start({.url = site.url("/bytes/1000000")}, at_body);
  first.wait();
  second.wait();
  EXPECT_EQ(at_head.story, "start, head 200, end");
  EXPECT_EQ(at_body.story, "start, head 200, body, end");
  EXPECT_EQ(at_body.error->kind, http::ErrorKind::cancelled);
  EXPECT_TRUE(at_body.error->may_have_been_processed);
}

TEST(Listener, HearsNothingBehindTheHandlesEnd) {
  SiteServer site;
  http::Client client(options_for(site));
  ASSERT_TRUE(client.fetch({.url = site.url("/")}));
  for (int round = 0; round < 30; ++round) {
    auto heard = std::make_unique<Heard>();
    {
      const http::Fetch fetch = client.start({.url = site.url("/bytes/10000000")}, *heard);
      if (round % 3 != 0) std::this_thread::sleep_for(std::chrono::microseconds(200 * round));
    }
    EXPECT_EQ(heard->story.find("end"), std::string::npos);
    heard.reset();  // a late callback would be seen by the sanitizers
  }
  EXPECT_TRUE(eventually([&] { return site.traffic().streams == 0; }));
  EXPECT_EQ(client.counters().connections, 1u);
}

/// Drops its own handle where it is told to.
class Dropping final : public Heard {
 public:
  explicit Dropping(std::string at) : at_(std::move(at)) {}
  void hold(http::Fetch fetch) {
    const std::lock_guard lock(mutex_);
    fetch_ = std::move(fetch);
    held_.notify_all();
  }
  std::promise<void> dropped;

 private:
  void note(const std::string& what) override {
    Heard::note(what);
    if (what != at_) return;
    std::unique_lock lock(mutex_);
    held_.wait(lock, [&] { return !fetch_.ended(); });
    fetch_ = http::Fetch();
    dropped.set_value();
  }
  std::string at_;
  std::mutex mutex_;
  std::condition_variable held_;
  http::Fetch fetch_;
};

TEST(Listener, MayDropItsOwnHandle) {
  SiteServer site;
  http::Client client(options_for(site));
  for (const std::string at : {"start", "head 200", "body", "end"}) {
    Dropping heard(at);
    heard.hold(client.start({.url = site.url("/bytes/300000")}, heard));
    heard.dropped.get_future().wait();
    ASSERT_TRUE(client.fetch({.url = site.url("/")}));  // two turns of the loop later
    EXPECT_TRUE(heard.story.ends_with(at)) << heard.story;
  }
}

TEST(Listener, HearsOfItsClientsEnd) {
  SiteServer site;
  Heard never, body;
  http::Fetch first, second;
  {
    http::Client client(options_for(site));
    first = client.start({.url = site.url("/never")}, never);
    second = client.start({.url = site.url("/bytes/1000000000")}, body);
    EXPECT_TRUE(eventually([&] { return site.traffic().streams == 2; }));
  }
  EXPECT_TRUE(first.ended() && second.ended());
  EXPECT_EQ(never.error->kind, http::ErrorKind::client_closed);
  EXPECT_EQ(body.error->kind, http::ErrorKind::client_closed);
  // Too late, and so nothing.
  first.cancel();
  second.resume();
  EXPECT_TRUE(eventually([&] { return site.traffic().connections == 0; }));
}

/// Does in a callback what would wait.
class Waiting final : public Heard {
 public:
  Waiting(http::Client& client, std::string url) : client_(client), url_(std::move(url)) {}
  http::Demand on_head(const http::ResponseHead&) override {
    errors.push_back(client_.fetch({.url = url_}).error->kind);
    http::ResponseStream stream = client_.open({.url = url_});
    errors.push_back(stream.error()->kind);
    char buffer[10];
    EXPECT_EQ(stream.read(buffer), 0u);
    http::PushBody push;
    EXPECT_FALSE(push.write("x"));
    fetches = client_.counters().fetches;
    other_ = client_.start({.url = url_}, other);
    EXPECT_FALSE(other_.wait());
    return http::Demand::more;
  }
  std::vector<http::ErrorKind> errors;
  uint64_t fetches = 0;
  Heard other;

 private:
  http::Client& client_;
  std::string url_;
  http::Fetch other_;
};

TEST(Listener, IsRefusedWhatWouldWait) {
  SiteServer site;
  http::Client client(options_for(site));
  Waiting heard(client, site.url("/"));
  http::Fetch fetch = client.start({.url = site.url("/")}, heard);
  fetch.wait();
  EXPECT_EQ(heard.errors, (std::vector{http::ErrorKind::wrong_thread, http::ErrorKind::wrong_thread}));
  EXPECT_EQ(heard.fetches, 1u);
  EXPECT_TRUE(client.fetch({.url = site.url("/")}));
}

}  // namespace
}  // namespace astray::test
