// The small parts: characters, lists, lookups, targets, the tables of reasons.
#include <gtest/gtest.h>

#include <set>

#include "http1/characters.h"
#include "http1/failure.h"
#include "http1/fields.h"
#include "http1/irregularity.h"
#include "http1/send_queue.h"
#include "http1/status_phrase.h"
#include "http1/target.h"
#include "support/exact_buffer.h"

namespace astray::http1::parts_test {
namespace {

TEST(Http1Characters, FindsEveryControlAtEveryPlace) {
  for (size_t size : {size_t{0}, size_t{1}, size_t{15}, size_t{16}, size_t{17}, size_t{40}})
    for (size_t at = 0; at < size; ++at)
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(byte);
        const bool control = (byte < 0x20 && byte != 9) || byte == 0x7f;
        const test::ExactBuffer buffer(text);
        ASSERT_EQ(find_control(buffer.view()), control ? at : size) << size << " " << at << " " << byte;
      }
}

TEST(Http1Characters, KnowsTokens) {
  for (const char* token : {"a", "Z9", "!#$%&'*+-.^_`|~"}) EXPECT_TRUE(is_token(token)) << token;
  for (const char* other : {"", "a b", "a:", "a\t", "(a)", "a/b", "\xc3\xa9", "\"a\"", "[", "@", "{}", "a,b"})
    EXPECT_FALSE(is_token(other)) << other;
}

TEST(Http1Fields, LooksUpWhateverTheLetterCase) {
  const Field lines[] = {{"Host", "a"}, {"HOST", "b"}, {"Connection", "TE , ,Close"}, {"connection", "x"}};
  const Fields fields{lines};
  EXPECT_EQ(fields.find("host"), "a");
  EXPECT_EQ(fields.find("hos"), std::nullopt);
  EXPECT_EQ(fields.find(KnownField::host), "a");
  EXPECT_EQ(fields.find(KnownField::upgrade), std::nullopt);
  EXPECT_EQ(fields.count(KnownField::host), 2u);
  EXPECT_EQ(fields.count(KnownField::expect), 0u);
  EXPECT_TRUE(fields.lists(KnownField::connection, "close"));
  EXPECT_TRUE(fields.lists(KnownField::connection, "X"));
  EXPECT_FALSE(fields.lists(KnownField::connection, "clos"));
  EXPECT_FALSE(fields.lists(KnownField::connection, ""));
  EXPECT_TRUE(fields.has(KnownField::connection));
  EXPECT_FALSE(fields.has(KnownField::content_length));
}

TEST(Http1Fields, KnowsNamesWhateverTheLetterCase) {
  const std::pair<std::string_view, KnownField> known[] = {
      {"connection", KnownField::connection},   {"content-length", KnownField::content_length},
      {"expect", KnownField::expect},           {"forwarded", KnownField::forwarded},
      {"host", KnownField::host},               {"keep-alive", KnownField::keep_alive},
      {"upgrade", KnownField::upgrade},         {"proxy-connection", KnownField::proxy_connection},
      {"transfer-encoding", KnownField::transfer_encoding}};
  for (const auto& [name, field] : known) {
    EXPECT_EQ(known_field(name), field);
    std::string spelled(name);
    for (char& c : spelled) c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(known_field(spelled), field) << spelled;
    // Another byte anywhere makes it another name.
    for (size_t i = 0; i < name.size(); ++i) {
      std::string other(name);
      other[i] = other[i] == '-' ? '_' : static_cast<char>(other[i] ^ 0x40);
      EXPECT_EQ(known_field(other), KnownField::none) << other;
    }
    EXPECT_EQ(known_field(name.substr(1)), KnownField::none);
  }
  for (const std::string_view other : {"", "a", "te", "etag", "server", "x-real-ip", "keep-alivf", "user-agent"})
    EXPECT_EQ(known_field(other), KnownField::none) << other;
}

TEST(Http1Target, IsCutByItsForm) {
  const struct {
    const char* method;
    const char* text;
    TargetForm form;
    const char* scheme;
    std::optional<Scheme> known;
    const char* authority;
    const char* path;
  } table[] = {
      {"GET", "/", TargetForm::origin, "", {}, "", "/"},
      {"GET", "//a/b?c=http://d", TargetForm::origin, "", {}, "", "//a/b?c=http://d"},
      {"GET", "http://a", TargetForm::absolute, "http", Scheme::http, "a", ""},
      {"GET", "HTTPS://u@A:1/b?c", TargetForm::absolute, "HTTPS", Scheme::https, "u@A:1", "/b?c"},
      {"GET", "http://a?b/c", TargetForm::absolute, "http", Scheme::http, "a", "?b/c"},
      {"GET", "http:///x", TargetForm::absolute, "http", Scheme::http, "", "/x"},
      {"GET", "ftp://a/", TargetForm::absolute, "ftp", {}, "a", "/"},
      {"OPTIONS", "*", TargetForm::asterisk, "", {}, "", ""},
      {"CONNECT", "[::1]:443", TargetForm::authority, "", {}, "[::1]:443", ""},
  };
  for (const auto& row : table) {
    const auto target = parse_target(row.method, row.text);
    ASSERT_TRUE(target) << row.text;
    EXPECT_EQ(target->form, row.form) << row.text;
    EXPECT_EQ(target->scheme, row.scheme) << row.text;
    EXPECT_EQ(target->known_scheme, row.known) << row.text;
    EXPECT_EQ(target->authority, row.authority) << row.text;
    EXPECT_EQ(target->path_and_query, row.path) << row.text;
  }
  const std::pair<const char*, const char*> refused[] = {{"GET", ""},
                                                         {"GET", "*"},
                                                         {"GET", "a"},
                                                         {"GET", "1tp://a/"},
                                                         {"GET", "://a/"},
                                                         {"GET", "/ "},
                                                         {"GET", "/\x7f"},
                                                         {"GET", "/\x80"},
                                                         {"GET", "/#"},
                                                         {"CONNECT", "*"},
                                                         {"CONNECT", "http://a/"},
                                                         {"CONNECT", "u@a:1"},
                                                         {"CONNECT", "/"},
                                                         {"OPTIONS", "**"}};
  for (const auto& [method, text] : refused) {
    const auto target = parse_target(method, text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error(), FailureReason::bad_target) << text;
  }
}

TEST(Http1Reasons, AreNamedAndAnswered) {
  std::set<std::string_view> ids, sentences;
  for (int i = 0; i < failure_reason_count; ++i) {
    const auto reason = static_cast<FailureReason>(i);
    ids.insert(to_string(reason));
    sentences.insert(describe(reason));
    const std::set<int> statuses = {0, 400, 413, 414, 431, 501, 505};
    EXPECT_TRUE(statuses.contains(status_to_answer(reason))) << to_string(reason);
  }
  EXPECT_EQ(ids.size(), static_cast<size_t>(failure_reason_count));
  EXPECT_EQ(sentences.size(), static_cast<size_t>(failure_reason_count));
  EXPECT_FALSE(ids.contains(""));
}

TEST(Http1Reasons, NameIrregularities) {
  std::set<std::string_view> ids, sentences;
  for (int i = 0; i < irregularity_count; ++i) {
    ids.insert(to_string(static_cast<Irregularity>(i)));
    sentences.insert(describe(static_cast<Irregularity>(i)));
  }
  EXPECT_EQ(ids.size(), static_cast<size_t>(irregularity_count));
  EXPECT_EQ(sentences.size(), static_cast<size_t>(irregularity_count));
  EXPECT_FALSE(ids.contains(""));
}

TEST(Http1SendQueue, KeepsOrderWhileItDropsWhatWasWritten) {
  SendQueue queue;
  std::string expected, got;
  for (int i = 0; i < 40; ++i) {
    const std::string piece(10'000, static_cast<char>('a' + i % 26));
    queue.append(piece);
    expected += piece;
    char buffer[7'000];
    got.append(buffer, queue.write_to(buffer));
    EXPECT_EQ(queue.size(), expected.size() - got.size());
  }
  char rest[400'000];
  got.append(rest, queue.write_to(rest));
  EXPECT_EQ(got, expected);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(Http1StatusPhrase, IsThatOfTheRegistry) {
  EXPECT_EQ(status_phrase(421), "Misdirected Request");
  EXPECT_EQ(status_phrase(431), "Request Header Fields Too Large");
  EXPECT_EQ(status_phrase(599), "");
}

}  // namespace
}  // namespace astray::http1::parts_test
