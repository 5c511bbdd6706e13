#include "gateway/routing/regex.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace astray::gateway {
namespace {

using Found = Regex::Found;

Regex regex_of(std::string_view pattern) {
  return Regex::compile(pattern).value();
}

TEST(Regex, FindsAnywhereUnlessAnchored) {
  struct {
    std::string_view pattern, subject;
    Found found;
  } const cases[] = {
      {"b+", "abbc", Found::yes},
      {"^b", "abc", Found::no},
      {"^/a/[0-9]+$", "/a/42", Found::yes},
      {"^/a/[0-9]+$", "/a/42x", Found::no},
      {"", "", Found::yes},
      {"x", "", Found::no},
      {"(a)(b)(c)", "abc", Found::yes},
      {"(?i)ADMIN", "/admin", Found::yes},
      {"^$", "", Found::yes},
  };
  for (const auto& [pattern, subject, found] : cases)
    EXPECT_EQ(regex_of(pattern).find_in(subject), found) << pattern << " in " << subject;
}

TEST(Regex, SaysWhatIsWrong) {
  EXPECT_EQ(Regex::compile("^/(a").error(), "missing closing parenthesis at offset 4");
}

TEST(Regex, HardTextIsGivenUpOnSoon) {
  const std::string as(most_regex_subject_bytes, 'a');
  const auto before = std::chrono::steady_clock::now();
  for (const std::string_view pattern :
       {"^(a+)+$", "(a+)+$", "^(a|aa)+$", "(a|a)*b", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$",
        "(a*)*(a*)*(a*)*b", "^(?:a?){50}a{50}$"}) {
    const std::string subject = as.substr(0, as.size() - 1) + "!";
    EXPECT_NE(regex_of(pattern).find_in(subject), Found::yes) << pattern;
  }
  EXPECT_EQ(regex_of("^(a+)+$").find_in(as.substr(0, 60) + "!"), Found::gave_up);
  // A hostile expression may take a while on such a machine under a sanitizer; without limits these take
  // longer than the world lasts.
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(20));
}

TEST(Regex, LongOrdinaryPathsAreDecided) {
  const std::string path = "/download/" + std::string(4000, 'a') + "/file.tar.gz";
  EXPECT_EQ(regex_of("^/download/.*/file\\.tar\\.gz$").find_in(path), Found::yes);
  EXPECT_EQ(regex_of("^/download/.*\\.zip$").find_in(path), Found::no);
  EXPECT_EQ(regex_of("\\.gz$").find_in(path), Found::yes);
}

TEST(Regex, ALongerSubjectIsGivenUpOn) {
  EXPECT_EQ(regex_of("a").find_in(std::string(most_regex_subject_bytes, 'a')), Found::yes);
  EXPECT_EQ(regex_of("a").find_in(std::string(most_regex_subject_bytes + 1, 'a')), Found::gave_up);
}

TEST(Regex, ThreadsShareIt) {
  const Regex regex = regex_of("^/(a|b)+/c$");
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int turn = 0; turn < 2000; ++turn)
        if (regex.find_in("/abab/c") != Found::yes || regex.find_in("/abab/d") != Found::no) ++wrong;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace astray::gateway
