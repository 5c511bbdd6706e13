#include "gateway/refusal/refusal_format.h"

#include <gtest/gtest.h>

namespace astray::gateway {
namespace {

using enum RefusalFormat;

struct AcceptCase {
  const char* accept;
  RefusalFormat expected;
};

// RFC 9110 §12.5.1 and §12.4.2, and what clients really send.
const AcceptCase accept_cases[] = {
    {"", text},
    {"*/*", text},                                                                         // curl
    {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", html},  // browsers
    {"application/json, text/plain, */*", json},                                           // axios
    {"application/json", json},
    {"application/problem+json, application/json", problem_json},
    {"application/json, application/problem+json", json},
    {"application/json;q=0.5, application/problem+json", problem_json},
    {"application/*", problem_json},
    {"text/*", text},
    {"TEXT/HTML", html},
    {"text/*;q=0.3, text/html;q=0.7, */*;q=0.5", html},
    {"text/html;q=0.2, */*", text},
    {"*/*, text/html;q=0.2", text},
    {"text/plain;q=0, text/html;q=0, */*", problem_json},
    {"text/html;q=0", text},
    {"image/png", text},  // nothing of ours is wanted: it is sent all the same
    {"text/html;charset=utf-8", html},
    {"text/html;level=1, application/json;q=0.1", json},  // no format of ours has a level
    {"text/html;level=1;q=0.9", text},
    {"text/html ; q=0.9 , application/json ; q=0.8", html},
    {"text/html; q=1.000, application/json; q=0.999", html},
    {"text/html; q=0.001, application/json; q=0.002", json},
    // Members that are none are passed over.
    {"html, application/json", json},
    {"text/html;q=2, application/json;q=0.1", json},
    {"text/html;q=0.1234, application/json;q=0.1", json},
    {"text/html;q=1.001, application/json;q=0.1", json},
    {"text/html;q=, application/json;q=0.1", json},
    {"text/html;q, application/json;q=0.1", json},
    {"text/html;q=-1, application/json;q=0.1", json},
    {"*/html, application/json;q=0.1", json},
    {"/html, text/, application/json;q=0.1", json},
    {",, ,;, application/json", json},
    {"text/x;a=\",text/html\", application/json;q=0.1", json},  // commas in quotes separate nothing
    {"text/x;a=\"\\\",text/html\", application/json;q=0.1", json},
    {"text/x;a=\"never closed, application/json", text},
    {"application/json,", json},
    {"text/html\\", text},
};

TEST(RefusalFormat, IsNegotiated) {
  for (const AcceptCase& c : accept_cases) EXPECT_EQ(negotiate(c.accept), c.expected) << c.accept;
}

TEST(RefusalFormat, HasAMediaType) {
  EXPECT_EQ(content_type(text), "text/plain; charset=utf-8");
  EXPECT_EQ(content_type(html), "text/html; charset=utf-8");
  EXPECT_EQ(content_type(problem_json), "application/problem+json");
  EXPECT_EQ(content_type(json), "application/json");
}

}  // namespace
}  // namespace astray::gateway
