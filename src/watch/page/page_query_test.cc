#include "watch/page/page_query.h"

#include <gtest/gtest.h>

namespace astray::watch {
namespace {

web::Request asked_with(std::vector<web::QueryParameter> query) {
  return {.path = "/api/x", .query = std::move(query)};
}

TEST(PageQuery, TakesWhatIsThere) {
  const web::Request request = asked_with({{"name", "a"}, {"most", "20"}, {"empty", ""}});
  PageQuery query(request);
  EXPECT_EQ(query.text("name"), "a");
  EXPECT_EQ(query.text("empty"), "") << "a name of no letters is one";
  EXPECT_EQ(query.text("absent"), std::nullopt);
  EXPECT_EQ(query.number("most", 1, 20, 5), 20u);
  EXPECT_EQ(query.number("hours", 1, 20, 5), 5u);
  EXPECT_EQ(query.number("before", 1, 20), std::nullopt);
  EXPECT_FALSE(query.refusal());
}

struct BadQueryCase {
  std::vector<web::QueryParameter> query;
  const char* sentence;
};
const BadQueryCase bad_query_cases[] = {
    {{{"id", "x"}, {"most", "0"}}, "most is a whole number from 1 to 20\n"},
    {{{"id", "x"}, {"most", "21"}}, "most is a whole number from 1 to 20\n"},
    {{{"id", "x"}, {"most", "-1"}}, "most is a whole number from 1 to 20\n"},
    {{{"id", "x"}, {"most", "1x"}}, "most is a whole number from 1 to 20\n"},
    {{{"id", "x"}, {"most", ""}}, "most is a whole number from 1 to 20\n"},
    {{{"id", "x"}, {"most", "99999999999999999999"}}, "most is a whole number from 1 to 20\n"},
    {{}, "id is needed\n"},
    {{{"id", "x"}, {"id", "y"}}, "id is there twice\n"},
    {{{"id", "x"}, {"mots", "3"}}, "/api/x takes id, most\n"},
};

TEST(PageQuery, SaysWhatIsWrong) {
  for (const BadQueryCase& c : bad_query_cases) {
    const web::Request request = asked_with(c.query);
    PageQuery query(request);
    query.needed_text("id");
    query.number("most", 1, 20, 5);
    const auto refusal = query.refusal();
    ASSERT_TRUE(refusal) << c.sentence;
    EXPECT_EQ(refusal->status, 400);
    EXPECT_EQ(refusal->body, c.sentence);
  }
}

}  // namespace
}  // namespace astray::watch
