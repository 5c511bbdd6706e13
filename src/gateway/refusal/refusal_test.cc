#include "gateway/refusal/refusal.h"

#include <gtest/gtest.h>

#include <string>

namespace astray::gateway {
namespace {

Verdict verdict_of(Answer answer, Reason reason) {
  Verdict verdict{.answer = answer, .reason = reason, .evidence = {}};
  verdict.evidence.authority = "b.example";
  verdict.evidence.sni = "a.example";
  return verdict;
}

Verdict gap() {
  return verdict_of(Answer::misdirected, Reason::certificate_gap);
}

TEST(Refusal, SaysWhatWouldHelp) {
  struct Row {
    Answer answer;
    Reason reason;
    Remedy expected;
  };
  const Row rows[] = {
      {Answer::misdirected, Reason::certificate_gap, Remedy::connection_of_its_own},
      {Answer::misdirected, Reason::client_authentication_differs, Remedy::connection_of_its_own},
      {Answer::misdirected, Reason::sni_missing, Remedy::connection_of_its_own},
      {Answer::misdirected, Reason::scheme_mismatch, Remedy::other_scheme},
      {Answer::misdirected, Reason::unowned, Remedy::other_place},
      {Answer::not_found, Reason::unowned, Remedy::other_place},
      {Answer::bad_request, Reason::authority_missing, Remedy::other_request},
  };
  for (const Row& row : rows)
    EXPECT_EQ(remedy(verdict_of(row.answer, row.reason)), row.expected) << to_string(row.reason);
}

TEST(Refusal, IsPlainText) {
  EXPECT_EQ(refusal_body(gap(), RefusalFormat::text),
            "421 Misdirected Request\n\n"
            "the certificate of this connection does not cover the authority (certificate-gap).\n"
            "The request asks for: b.example\n"
            "The connection was made for: a.example\n\n"
            "Send the request again on a new connection that is made for b.example alone.\n");
}

TEST(Refusal, IsAProblem) {
  EXPECT_EQ(refusal_body(gap(), RefusalFormat::problem_json),
            R"({"type":"about:blank","title":"Misdirected Request","status":421,)"
            R"("detail":"the certificate of this connection does not cover the authority",)"
            R"("reason":"certificate-gap","authority":"b.example","sni":"a.example",)"
            R"("remedy":"connection-of-its-own",)"
            R"("advice":"Send the request again on a new connection that is made for b.example alone."})"
            "\n");
}

TEST(Refusal, IsPlainJson) {
  EXPECT_EQ(refusal_body(gap(), RefusalFormat::json),
            R"({"error":"Misdirected Request","code":"421",)"
            R"("message":"the certificate of this connection does not cover the authority",)"
            R"("reason":"certificate-gap","authority":"b.example","sni":"a.example",)"
            R"("remedy":"connection-of-its-own",)"
            R"("advice":"Send the request again on a new connection that is made for b.example alone."})"
            "\n");
}

TEST(Refusal, IsAPage) {
  EXPECT_EQ(refusal_body(gap(), RefusalFormat::html),
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>421 Misdirected "
            "Request</title>\n"
            "<h1>421 Misdirected Request</h1>\n"
            "<p>the certificate of this connection does not cover the authority "
            "(<code>certificate-gap</code>).</p>\n"
            "<dl>\n<dt>The request asks for</dt><dd>b.example</dd>\n"
            "<dt>The connection was made for</dt><dd>a.example</dd>\n</dl>\n"
            "<p>Send the request again on a new connection that is made for b.example alone.</p>\n</html>\n");
}

TEST(Refusal, LeavesOutTheNamesThatWereNotSent) {
  Verdict verdict{.answer = Answer::bad_request, .reason = Reason::authority_missing, .evidence = {}};
  EXPECT_EQ(refusal_body(verdict, RefusalFormat::text),
            "400 Bad Request\n\n" + std::string(info(Reason::authority_missing).sentence) +
                " (authority-missing).\n\nName one host, once, in Host or :authority.\n");
  const std::string json = refusal_body(verdict, RefusalFormat::problem_json);
  EXPECT_EQ(json.find("\"authority\""), std::string::npos) << json;
  EXPECT_EQ(json.find("\"sni\""), std::string::npos) << json;
}

TEST(Refusal, NamesTheTwoSchemes) {
  Verdict verdict = verdict_of(Answer::misdirected, Reason::scheme_mismatch);
  verdict.evidence.connection_scheme = Scheme::http;
  verdict.evidence.asked_scheme = Scheme::https;
  EXPECT_NE(refusal_body(verdict, RefusalFormat::text)
                .find("This is a connection for http; send requests for https on one of their own."),
            std::string::npos);
}

// Both names are the peer's bytes, and a page may be shown by a browser under the gateway's own origin.
TEST(Refusal, CarriesNoMarkupOfThePeers) {
  Verdict verdict = gap();
  verdict.evidence.authority = "<script>alert('x')</script>&\"";
  verdict.evidence.sni = "<b>";
  const std::string html = refusal_body(verdict, RefusalFormat::html);
  EXPECT_EQ(html.find("<script"), std::string::npos) << html;
  EXPECT_EQ(html.find("<b>"), std::string::npos) << html;
  EXPECT_NE(html.find("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;"), std::string::npos)
      << html;
}

TEST(Refusal, CarriesNoControlCharactersOfThePeers) {
  Verdict verdict = gap();
  verdict.evidence.authority = "a\r\nb\x1b[31m\xff\x7f\xc2\x9b";
  for (const RefusalFormat format : {RefusalFormat::text, RefusalFormat::html, RefusalFormat::json}) {
    const std::string body = refusal_body(verdict, format);
    EXPECT_NE(body.find("a\xEF\xBF\xBD\xEF\xBF\xBD"
                        "b\xEF\xBF\xBD[31m\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"),
              std::string::npos)
        << body;
  }
}

TEST(Refusal, CutsLongNames) {
  const std::string name(100'000, 'a');
  Verdict verdict = gap();
  verdict.evidence.authority = name;
  verdict.evidence.sni = name;
  for (const RefusalFormat format :
       {RefusalFormat::text, RefusalFormat::html, RefusalFormat::json, RefusalFormat::problem_json})
    EXPECT_LT(refusal_body(verdict, format).size(), 1800u);
}

}  // namespace
}  // namespace astray::gateway
