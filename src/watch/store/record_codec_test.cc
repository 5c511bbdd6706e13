#include "watch/store/record_codec.h"

#include <gtest/gtest.h>

#include <limits>

#include "support/exact_buffer.h"
#include "watch/store/store_records_test.h"
#include "watch/store/stored_words.h"

namespace astray::watch {
namespace {

TEST(RecordCodec, AProblemComesBackAsItWas) {
  const Problem before = test::problem();
  const auto read = decode_problem(encode(before));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, before.id);
  EXPECT_EQ(read->kind, before.kind);
  EXPECT_EQ(read->cause_key, before.cause_key);
  EXPECT_EQ(read->severity, before.severity);
  EXPECT_EQ(read->state, before.state);
  EXPECT_EQ(read->from, before.from);
  EXPECT_EQ(read->to, before.to);
  EXPECT_EQ(read->sentence, before.sentence);
  EXPECT_EQ(read->cause, before.cause);
  EXPECT_EQ(read->next_step, before.next_step);
  EXPECT_EQ(read->nodes, before.nodes);
  EXPECT_EQ(read->affected_names, before.affected_names);
  EXPECT_EQ(read->symptoms, before.symptoms);
  EXPECT_EQ(read->symptom_count, before.symptom_count);
  ASSERT_EQ(read->evidence.size(), 1);
  EXPECT_EQ(read->evidence[0].key, before.evidence[0].key);
  EXPECT_EQ(read->evidence[0].answer, before.evidence[0].answer);
  EXPECT_EQ(read->evidence[0].sentence, before.evidence[0].sentence);
  EXPECT_EQ(read->evidence[0].evidence, before.evidence[0].evidence);
  EXPECT_EQ(read->before, before.before);
  EXPECT_EQ(read->first_seen, before.first_seen);
  EXPECT_EQ(read->last_seen, before.last_seen);
  EXPECT_EQ(read->opened, before.opened);
  EXPECT_EQ(read->closed, before.closed);
  EXPECT_EQ(read->rounds_missing, before.rounds_missing);
  EXPECT_EQ(read->acknowledged, before.acknowledged);
  EXPECT_EQ(read->silenced, before.silenced);
}

TEST(RecordCodec, NothingIsReadFromPartOfARecordOrFromMore) {
  const std::string bytes = encode(test::problem());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const astray::test::ExactBuffer part(std::string_view(bytes).substr(0, size));
    EXPECT_FALSE(decode_problem(part.view())) << size;
  }
  EXPECT_FALSE(decode_problem(bytes + '\0'));
}

TEST(RecordCodec, NumbersKeepTheirSign) {
  CertificateRecord certificate;
  certificate.not_before = {std::numeric_limits<int64_t>::min()};
  certificate.not_after = {std::numeric_limits<int64_t>::max()};
  const auto read = decode_certificate(encode(certificate));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->not_before, certificate.not_before);
  EXPECT_EQ(read->not_after, certificate.not_after);
}

TEST(RecordCodec, AListThatClaimsToBeEndlessEndsWithTheBytes) {
  const std::string bytes =
      std::string(1, '\0') + "\xff\xff\xff\xff\xff\xff\xff\xff\x7f" + std::string(20, '\0');
  EXPECT_FALSE(decode_certificate(bytes));
}

/// The value behind the last one has no word; else from_word() would not know the newest.
template <typename Enum>
void expect_all_words() {
  for (size_t i = 0; i <= static_cast<size_t>(last_of<Enum>); ++i) {
    const auto value = static_cast<Enum>(i);
    EXPECT_FALSE(to_string(value).empty()) << i;
    EXPECT_EQ(from_word(to_string(value), Enum{}), value) << to_string(value);
  }
  EXPECT_EQ(from_word("a word of a newer astray", last_of<Enum>), last_of<Enum>);
}

TEST(StoredWords, EveryValueIsFoundByItsWord) {
  expect_all_words<CellVerdict>();
  expect_all_words<Reason>();
  expect_all_words<ProbeFailure>();
  expect_all_words<Agreement>();
  expect_all_words<ChainTrust>();
  expect_all_words<AlpnOffer>();
  expect_all_words<ConnectionUse>();
  expect_all_words<ProblemKind>();
  expect_all_words<Severity>();
  expect_all_words<ProblemState>();
  expect_all_words<ProblemStep>();
}

TEST(StoredWords, TheLastValueIsTheLast) {
  const auto next = [](auto last) { return static_cast<decltype(last)>(static_cast<int>(last) + 1); };
  EXPECT_EQ(to_string(next(last_of<CellVerdict>)), "");
  EXPECT_EQ(to_string(next(last_of<ProbeFailure>)), "");
  EXPECT_EQ(to_string(next(last_of<Agreement>)), "");
  EXPECT_EQ(to_string(next(last_of<AlpnOffer>)), "");
  EXPECT_EQ(static_cast<size_t>(last_of<Reason>) + 1, all_reasons().size());
}

}  // namespace
}  // namespace astray::watch
