#include <gtest/gtest.h>

#include <set>

#include "explain/captures/witness.h"
#include "explain/logs/error_sentence.h"
#include "explain/logs/log_field.h"
#include "explain/logs/time_text.h"
#include "explain/story/canonical_name.h"
#include "explain/story/cause.h"
#include "explain/story/open_connections.h"
#include "explain/story/tally.h"

namespace astray::explain::parts_test {
namespace {

TEST(TimeReader, ReadsStampsOfLogs) {
  // date -u -d … +%s
  constexpr int64_t second = 1'000'000;
  const std::pair<std::string_view, int64_t> cases[] = {
      {"10/Oct/2000:13:55:36 -0700", 971211336 * second},
      {"06/Feb/2009:12:14:14.655", 1233922454 * second + 655'000},
      {"2000-10-10T20:55:36Z", 971211336 * second},
      {"2000-10-10T22:55:36.5+02:00", 971211336 * second + 500'000},
      {"2000/10/10 20:55:36", 971211336 * second},
      {"Tue Oct 10 20:55:36.000001 2000", 971211336 * second + 1},
  };
  TimeReader reader;
  for (const auto& [text, time] : cases) EXPECT_EQ(reader.read(text), time) << text;
  for (const std::string_view text : {"", "x", "10/Okt/2000:13:55:36", "2000-13-10T20:55:36Z", "2000-10-10T25:55:36Z", "2000-10-10"})
    EXPECT_FALSE(reader.read(text)) << text;
  EXPECT_EQ(time_text(971211336 * second + 1), "2000-10-10T20:55:36.000001Z");
  EXPECT_EQ(time_text(-1 * second), "1969-12-31T23:59:59Z");
}

TEST(ProtocolOf, KnowsWhatServersAndClientsWrite) {
  for (const std::string_view text : {"HTTP/1.1", "HTTP/1.0", "http/1.1", "h1", "http1", "1.1", "1"}) EXPECT_EQ(protocol_of(text), Protocol::h1) << text;
  for (const std::string_view text : {"HTTP/2.0", "HTTP/2", "http/2", "h2", "http2", "2.0", "2"}) EXPECT_EQ(protocol_of(text), Protocol::h2) << text;
  for (const std::string_view text : {"HTTP/3.0", "HTTP/3", "http/3", "h3", "http3", "3.0", "3"}) EXPECT_EQ(protocol_of(text), Protocol::h3) << text;
  for (const std::string_view text : {"", "-", "h", "http", "HTTP/", "HTTP/0.9", "HTTP/2.1", "HTTP/1.1 ", "h2c", "11", "SSH-2.0", "x"})
    EXPECT_FALSE(protocol_of(text)) << text;
}

TEST(CanonicalName, ComparesAsServersDo) {
  std::string buffer;
  EXPECT_EQ(canonical_name("A.Example.:8443", buffer), "a.example");
  EXPECT_EQ(canonical_name("[2001:db8::1]:443", buffer), "[2001:db8::1]");
  EXPECT_EQ(canonical_name("2001:db8::1", buffer), "2001:db8::1");
  EXPECT_EQ(canonical_name(".", buffer), ".");
  EXPECT_EQ(canonical_name("", buffer), "");
}

TEST(TimeLine, WidensAndKeepsTheSum) {
  TimeLine line;
  uint64_t added = 0;
  for (const int64_t second : {1000, 1001, 1059, 1060, 5000, 900, 100000, 100001}) {
    line.add(second * 1'000'000);
    ++added;
  }
  uint64_t sum = 0;
  for (const uint64_t count : line.counts()) sum += count;
  EXPECT_EQ(sum, added);
  EXPECT_LE(line.begin(), 900 * 1'000'000);
  EXPECT_LE(line.counts().size(), TimeLine::buckets);
}

TEST(Tally, CountsTheRestTogether) {
  Tally tally(2);
  for (const char* text : {"a", "b", "b", "c", "d"}) tally.add(text);
  EXPECT_EQ(tally.others(), 2U);
  EXPECT_EQ(tally.rows(5)[0].text, "b");
}

TEST(OpenConnections, MakeRoomForNewOnes) {
  OpenConnections table(8);
  for (uint64_t key = 1; key <= 9; ++key) table.find(key << 8U).connection.requests = 1;
  EXPECT_EQ(table.evicted(), 1U);
  EXPECT_FALSE(table.find(1U << 8U).known);
  EXPECT_TRUE(table.find(9U << 8U).known);
}

TEST(Causes, HaveAnIdASentenceAFixAndAPage) {
  std::set<std::string_view> ids;
  for (size_t i = 0; i < all_causes().size(); ++i) {
    const CauseInfo& row = all_causes()[i];
    EXPECT_EQ(static_cast<size_t>(row.cause), i);
    EXPECT_TRUE(ids.insert(row.id).second);
    EXPECT_EQ(find_cause(row.id), row.cause);
    EXPECT_FALSE(row.sentence.ends_with('.'));
    EXPECT_TRUE(row.fix.ends_with('.'));
    EXPECT_NE(page(row.cause).find("## What to do"), std::string_view::npos) << row.id;
  }
  for (size_t i = 0; i < trouble_count; ++i) EXPECT_FALSE(to_string(static_cast<Trouble>(i)).empty());
}

TEST(ErrorSentences, HaveMeanings) {
  for (int i = 1; i <= static_cast<int>(ErrorSentence::trafficserver_sni_host); ++i) {
    EXPECT_FALSE(meaning_of(static_cast<ErrorSentence>(i)).empty()) << i;
    EXPECT_FALSE(name_of(static_cast<ErrorSentence>(i)).empty()) << i;
  }
}

}  // namespace
}  // namespace astray::explain::parts_test
