// One client under many threads, and clients that come and go.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "library/world.h"

namespace astray::test {
namespace {

constexpr int threads = 8;

void in_threads(const std::function<void(unsigned thread)>& work) {
  std::vector<std::thread> started;
  for (unsigned thread = 0; thread < threads; ++thread) started.emplace_back(work, thread);
  for (std::thread& thread : started) thread.join();
}

/// One of all the ways to fetch; true: it brought what it should, or was cancelled.
bool fetch_somehow(http::Client& client, const SiteServer& site, std::minstd_rand& random) {
  const std::string_view name = random() % 2 == 0 ? "a.test" : "b.test";
  switch (random() % 6) {
    case 0: {
      const http::Outcome outcome = client.fetch({.url = site.url("/", name)});
      return outcome && outcome.body == "hello from " + std::string(name);
    }
    case 1: {
      std::string body = site_bytes(0, random() % 100'000);
      const http::Outcome outcome =
          client.fetch({.url = site.url("/echo", name), .method = "POST", .body = body});
      return outcome && outcome.body == body;
    }
    case 2: {
      http::ResponseStream stream = client.open({.url = site.url("/bytes/500000", name)});
      uint64_t total = 0;
      char buffer[10'000];
      while (const size_t count = stream.read(buffer)) total += count;
      return total == 500'000 && !stream.error();
    }
    case 3: {
      Heard heard;
      http::Fetch fetch = client.start({.url = site.url("/never", name)}, heard);
      if (random() % 2 == 0) fetch.wait_for(std::chrono::microseconds(random() % 3000));
      fetch.cancel();
      fetch.wait();
      return heard.error && heard.error->kind == http::ErrorKind::cancelled;
    }
    case 4: {
      Heard heard;
      http::Fetch fetch = client.start({.url = site.url("/bytes/100000000", name)}, heard);
      fetch.wait_for(std::chrono::microseconds(random() % 3000));
      return true;  // dropped on the way
    }
    default: {
      std::stop_source stop;
      std::jthread other([&] { stop.request_stop(); });
      const http::Outcome outcome = client.fetch({.url = site.url("/", name)}, stop.get_token());
      return outcome || outcome.error->kind == http::ErrorKind::cancelled;
    }
  }
}

TEST(Threads, ShareAClient) {
  SiteServer site;
  http::Client client(options_for(site));
  std::atomic<int> bad = 0;
  in_threads([&](unsigned thread) {
    std::minstd_rand random(thread + 1);
    for (int i = 0; i < 60; ++i) bad += fetch_somehow(client, site, random) ? 0 : 1;
    client.counters();
  });
  EXPECT_EQ(bad, 0);
  EXPECT_TRUE(eventually([&] { return site.traffic().streams == 0; }));
  EXPECT_GE(client.counters().fetches, 100u);
}

TEST(Threads, SeeTheirClientGoWithFetchesInFlight) {
  SiteServer site;
  for (int round = 0; round < 10; ++round) {
    std::vector<std::unique_ptr<Heard>> heard;
    std::vector<http::Fetch> fetches;
    http::PushBody push(1000);
    std::thread writer;
    {
      http::Client client(options_for(site));
      for (const std::string_view path : {"/never", "/bytes/100000000", "/", "/hold", "/echo"}) {
        for (int i = 0; i < 4; ++i) {
          heard.push_back(std::make_unique<Heard>());
          fetches.push_back(client.start({.url = site.url(path)}, *heard.back()));
        }
      }
      heard.push_back(std::make_unique<Heard>());
      fetches.push_back(
          client.start({.url = site.url("/hold"), .method = "POST", .body = push.source()}, *heard.back()));
      writer = std::thread([&] {
        while (push.write("some bytes")) continue;
      });
      std::this_thread::sleep_for(std::chrono::milliseconds(3 * round));
    }
    writer.join();
    for (const http::Fetch& fetch : fetches) EXPECT_TRUE(fetch.ended());
    for (const auto& listener : heard) {
      EXPECT_TRUE(listener->story.ends_with("end"));
      const std::optional<http::FetchError>& error = listener->error;
      EXPECT_TRUE(!error || error->kind == http::ErrorKind::client_closed) << error->sentence;
    }
  }
  EXPECT_TRUE(eventually([&] { return site.traffic().connections == 0; }));
}

TEST(Threads, MakeClientsOfTheirOwn) {
  SiteServer site;
  std::atomic<int> bad = 0;
  in_threads([&](unsigned thread) {
    std::minstd_rand random(thread + 100);
    for (int i = 0; i < 4; ++i) {
      http::Client client(options_for(site));
      http::Client moved = std::move(client);
      for (int fetch = 0; fetch < 4; ++fetch) bad += fetch_somehow(moved, site, random) ? 0 : 1;
    }
  });
  EXPECT_EQ(bad, 0);
  EXPECT_TRUE(eventually([&] { return site.traffic().connections == 0; }));
}

/// A child has no I/O thread: calls fail at once, and handles may be destroyed. It may make a client of its
/// own.
TEST(Threads, AreNotThereBehindAFork) {
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
  GTEST_SKIP() << "the sanitizers of clang 14 may hold a lock of their own while a process with threads forks";
#endif
#endif
  SiteServer site;
  auto client = std::make_unique<http::Client>(options_for(site));
  ASSERT_TRUE(client->fetch({.url = site.url("/")}));
  Heard heard;
  auto fetch = std::make_unique<http::Fetch>(client->start({.url = site.url("/never")}, heard));
  const pid_t child = fork();
  if (child == 0) {
    const http::Outcome outcome = client->fetch({.url = site.url("/")});
    bool good = outcome.error && outcome.error->kind == http::ErrorKind::client_closed;
    client->counters();
    fetch->cancel();
    fetch.reset();
    client.reset();
    http::Client own(options_for(site));
    good = good && own.fetch({.url = site.url("/")});
    _exit(good ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_TRUE(client->fetch({.url = site.url("/")}));
}

}  // namespace
}  // namespace astray::test
