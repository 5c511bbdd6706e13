#include "client/redirect.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace astray::client {
namespace {

const Url asked = *Url::parse("https://a.example/dir/page?q#frag");

RedirectFacts facts(std::string_view method, int status, std::optional<std::string_view> location,
                    RequestBody body = RequestBody::none) {
  return {.method = method, .url = asked, .body = body, .status = status, .location = location};
}

TEST(Redirect, ChangesTheMethodAsTheStatusSays) {
  struct Case {
    int status;
    std::string_view method, becomes;
  };
  for (const Case& c : {
           Case{301, "GET", "GET"},     Case{301, "HEAD", "HEAD"},  Case{301, "POST", "GET"},
           Case{301, "PUT", "PUT"},     Case{301, "post", "post"},  Case{302, "GET", "GET"},
           Case{302, "HEAD", "HEAD"},   Case{302, "POST", "GET"},   Case{302, "DELETE", "DELETE"},
           Case{303, "GET", "GET"},     Case{303, "HEAD", "HEAD"},  Case{303, "POST", "GET"},
           Case{303, "PUT", "GET"},     Case{303, "DELETE", "GET"}, Case{307, "POST", "POST"},
           Case{307, "GET", "GET"},     Case{308, "POST", "POST"},  Case{308, "PATCH", "PATCH"},
           Case{303, "OPTIONS", "GET"}, Case{307, "HEAD", "HEAD"},  Case{308, "GET", "GET"},
       }) {
    const bool changed = c.method != c.becomes;
    for (RequestBody body : {RequestBody::none, RequestBody::replayable, RequestBody::once}) {
      const auto redirect = judge_redirect(facts(c.method, c.status, "/x", body));
      if (body == RequestBody::once && !changed) {
        ASSERT_FALSE(redirect) << c.status << c.method;
        EXPECT_EQ(redirect.error(), NoRedirect::body_gone) << c.status << c.method;
        continue;
      }
      ASSERT_TRUE(redirect) << c.status << c.method;
      EXPECT_EQ(redirect->method, c.becomes) << c.status << c.method;
      EXPECT_EQ(redirect->body, changed ? Redirect::Body::dropped : Redirect::Body::sent_again);
    }
  }
}

TEST(Redirect, LeadsWhereTheLocationSays) {
  struct Case {
    std::string_view location, url;
    Redirect::To to;
  };
  using enum Redirect::To;
  for (const Case& c : {
           Case{"/x", "https://a.example/x", same_origin},
           Case{"x y", "https://a.example/dir/x%20y", same_origin},
           Case{"", "https://a.example/dir/page?q", same_origin},
           Case{"https://A.example:443/", "https://a.example:443/", same_origin},
           Case{"//a.example.:443/", "https://a.example:443/", same_origin},
           Case{"https://a.example:8443/", "https://a.example:8443/", other_origin},
           Case{"https://www.a.example/", "https://www.a.example/", other_origin},
           Case{"//b.example", "https://b.example/", other_origin},
           Case{"HTTPS://BÜCHER.example", "https://xn--bcher-kva.example/", other_origin},
       }) {
    const auto redirect = judge_redirect(facts("GET", 302, c.location));
    ASSERT_TRUE(redirect) << c.location;
    EXPECT_EQ(redirect->url.text(), c.url) << c.location;
    EXPECT_EQ(redirect->to, c.to) << c.location;
    EXPECT_EQ(redirect->url.fragment, "frag") << c.location;
  }
}

TEST(Redirect, IsRefusedWithTheReason) {
  struct Case {
    int status;
    std::optional<std::string_view> location;
    NoRedirect reason;
  };
  for (const Case& c : {
           Case{200, "/x", NoRedirect::other_status},
           Case{300, "/x", NoRedirect::other_status},
           Case{304, "/x", NoRedirect::other_status},
           Case{305, "/x", NoRedirect::other_status},
           Case{306, "/x", NoRedirect::other_status},
           Case{421, "/x", NoRedirect::other_status},
           Case{302, std::nullopt, NoRedirect::no_location},
           Case{302, "https://", NoRedirect::bad_location},
           Case{302, "//a b/", NoRedirect::bad_location},
           Case{302, "/x\r\nSet-Cookie: y", NoRedirect::bad_location},
           Case{302, "ftp://a.example/", NoRedirect::other_scheme},
           Case{302, "javascript:alert(1)", NoRedirect::other_scheme},
           Case{302, "http://a.example/", NoRedirect::downgrade_refused},
           Case{302, "http://b.example/", NoRedirect::downgrade_refused},
       }) {
    const auto redirect = judge_redirect(facts("GET", c.status, c.location));
    ASSERT_FALSE(redirect) << c.status << ' ' << redirect->url.text();
    EXPECT_EQ(redirect.error(), c.reason) << c.status << ' ' << c.location.value_or("none");
  }
}

TEST(Redirect, ObeysThePolicy) {
  const auto allowed = judge_redirect(facts("GET", 302, "http://a.example/"),
                                      {.limit = 1, .https_to_http = RedirectPolicy::Downgrade::allowed});
  ASSERT_TRUE(allowed);
  EXPECT_EQ(allowed->to, Redirect::To::other_origin);

  RedirectFacts question = facts("GET", 302, "/x");
  for (int limit : {0, 1, 20}) {
    question.followed = limit - 1;
    EXPECT_TRUE(judge_redirect(question, {.limit = limit})) << limit;
    question.followed = limit;
    EXPECT_EQ(judge_redirect(question, {.limit = limit}).error(), NoRedirect::limit_reached) << limit;
  }

  const Url clear = *Url::parse("http://a.example/");
  EXPECT_TRUE(
      judge_redirect({.method = "GET", .url = clear, .status = 301, .location = "https://a.example/"}));
}

TEST(Redirect, LeavesFieldsBehind) {
  struct Case {
    Redirect::To to;
    Redirect::Body body;
    std::vector<std::string_view> left;
  };
  const std::vector<std::string_view> all = {
      "accept", "AUTHORIZATION",       "Cookie", "content-type", "Content-Length", "Host",
      "Cookie", "Proxy-Authorization", "X-Mine", "Expect"};
  for (const Case& c : {
           Case{Redirect::To::same_origin, Redirect::Body::sent_again, all},
           Case{Redirect::To::other_origin,
                Redirect::Body::sent_again,
                {"accept", "content-type", "Content-Length", "X-Mine", "Expect"}},
           Case{Redirect::To::same_origin,
                Redirect::Body::dropped,
                {"accept", "AUTHORIZATION", "Cookie", "Host", "Cookie", "Proxy-Authorization", "X-Mine"}},
           Case{Redirect::To::other_origin, Redirect::Body::dropped, {"accept", "X-Mine"}},
       }) {
    const Redirect redirect{.url = asked, .method = "GET", .to = c.to, .body = c.body};
    FieldList fields;
    for (std::string_view name : all) fields.add(name, "v");
    redirect.strip(fields);
    std::vector<std::string_view> left;
    for (const Field field : fields) left.push_back(field.name);
    EXPECT_EQ(left, c.left);
    for (std::string_view name : all)
      EXPECT_EQ(redirect.drops(name), std::find(left.begin(), left.end(), name) == left.end()) << name;
  }
}

TEST(NoRedirect, EachIsDescribedDifferently) {
  std::set<std::string_view> sentences;
  for (auto reason : {NoRedirect::other_status, NoRedirect::no_location, NoRedirect::limit_reached,
                      NoRedirect::bad_location, NoRedirect::other_scheme, NoRedirect::downgrade_refused,
                      NoRedirect::body_gone}) {
    EXPECT_FALSE(describe(reason).empty());
    EXPECT_TRUE(sentences.insert(describe(reason)).second) << describe(reason);
  }
}

}  // namespace
}  // namespace astray::client
