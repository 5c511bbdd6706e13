#include <gtest/gtest.h>

#include "probe_page/sample.h"
#include "report/probe_formats.h"
#include "report/probe_page_data.h"
#include "report/text_sink_test.h"

namespace astray {
namespace {

std::string page_of(const test::SampleShape& shape, const ProbePageLimits& limits = {}) {
  const ProbeReport report{"1.2.3", ShownPaths("/"), {}};
  test::TextSink sink;
  const std::unique_ptr<CellSink> page = probe_page(report, limits, sink);
  test::SampleRun(shape).feed(*page);
  return sink.text;
}

size_t occurrences(std::string_view text, std::string_view part) {
  size_t number = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++number;
  return number;
}

std::string_view between(std::string_view text, std::string_view from, std::string_view to) {
  const size_t begin = text.find(from) + from.size();
  return text.substr(begin, text.find(to, begin) - begin);
}

TEST(ProbePage, IsOneDocumentWithoutAnythingFromOutside) {
  const std::string page = page_of({});
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  EXPECT_TRUE(page.ends_with("</html>\n"));
  EXPECT_EQ(page.find("@@"), std::string::npos);
  // Data may name anything; what reads them must not.
  std::string ours = page;
  for (const std::string_view id : {"id=\"cells\">", "id=\"facts\">"}) {
    const size_t begin = ours.find(id);
    ours.erase(begin, ours.find("</script>", begin) - begin);
  }
  for (const std::string_view outside : {"http://", "https://", "src=", "href=\"", "url(", "@import",
                                         "fetch(", "innerHTML", "document.write", "eval("}) {
    EXPECT_EQ(ours.find(outside), std::string::npos) << outside;
  }
  EXPECT_NE(page.find("default-src 'none'; style-src 'sha256-"), std::string::npos);
  EXPECT_EQ(page.find("unsafe"), std::string::npos);
}

TEST(ProbePage, NoTextEndsItsElement) {
  test::SampleShape shape;
  shape.names = 8;
  shape.manners = test::Manners::hostile;
  const std::string page = page_of(shape);
  EXPECT_EQ(occurrences(page, "<script"), 3u);
  EXPECT_EQ(occurrences(page, "</script>"), 3u);
  EXPECT_EQ(occurrences(page, "<img"), 0u);
  EXPECT_EQ(occurrences(page, "<!--"), 0u);
  for (const std::string_view data :
       {between(page, "id=\"cells\">", "</script>"), between(page, "id=\"facts\">", "</script>")}) {
    EXPECT_GT(data.size(), 1000u);
    EXPECT_EQ(data.find('<'), std::string_view::npos);
  }
  EXPECT_GT(occurrences(page, "\\u003c/script>\\u003cimg src=x"), 0u);
}

TEST(ProbePage, TenThousandCellsStaySmallAndGoOutInPieces) {
  test::SampleShape shape;
  shape.names = 100;
  shape.nodes = 1;
  const ProbeReport report{"1.2.3", ShownPaths("/"), {}};
  test::TextSink sink;
  const std::unique_ptr<CellSink> page = probe_page(report, {}, sink);
  test::SampleRun(shape).feed(*page);
  EXPECT_LT(sink.text.size(), 5'000'000u);  // 20,008 cells
  EXPECT_EQ(occurrences(between(sink.text, "id=\"cells\">", "</script>"), "\n["), 20'008u);
  EXPECT_LT(sink.largest_piece, sink.text.size() / 2);
}

TEST(ProbePage, HoldsNoMoreThanItMayAndSaysSo) {
  test::SampleShape shape;
  ProbePageLimits limits;
  limits.cells = 20;
  limits.outlook_rows = 10;
  limits.excerpt_bytes = 100;
  const std::string page = page_of(shape, limits);
  const std::string_view cells = between(page, "id=\"cells\">", "</script>");
  // 20 cells, and misdirections for a quarter of them more: the sample has 7, one of them among the first 20.
  EXPECT_EQ(occurrences(cells, "\n["), 25u);
  const std::string_view facts = between(page, "id=\"facts\">", "</script>");
  EXPECT_NE(facts.find("\"left_out\":{\"cells\":135,\"outlook\":55,\"excerpts\":"), std::string_view::npos)
      << facts;
  EXPECT_EQ(facts.find("\"excerpts\":0"), std::string_view::npos);
  // What goes wrong is the last to be left out.
  EXPECT_NE(between(facts, "\"outlook\":[[", "]").find(",3,45"), std::string_view::npos);
}

TEST(ProbePage, ZeroCellsMakeAPage) {
  test::SampleShape shape;
  shape.names = 0;
  shape.nodes = 0;
  const std::string page = page_of(shape);
  EXPECT_EQ(between(page, "id=\"cells\">", "</script>"), "[]");
  EXPECT_TRUE(page.ends_with("</html>\n"));
}

class Placeholders : public ::testing::Test {
 protected:
  std::string filled(std::string_view text) {
    ProbeCell cell;
    cell.connection = &connection;
    cell.request = &request;
    return with_placeholders(text, cell);
  }
  ConnectionQuestion connection{.node = Endpoint::parse("192.0.2.1:443").value(),
                                .protocol = PortProtocol::https,
                                .sni = "a.test",
                                .sni_spelling = Spelling::plain,
                                .sni_name = "a.test",
                                .alpn = AlpnOffer::h2,
                                .client_certificate = {},
                                .session_of = {},
                                .use = ConnectionUse::fresh,
                                .requests = {}};
  RequestQuestion request;
};

TEST_F(Placeholders, StandForTheNamesOfTheCell) {
  request.host = "b.test:443";
  request.name = "b.test";
  EXPECT_EQ(filled("b.test:443 at 192.0.2.1:443 for a.test is b.test"), "\x02 at \x03 for \x01 is \x04");
  EXPECT_EQ(filled("aa.testb"),
            "a\x01"
            "b");
  EXPECT_EQ(filled("nothing of it"), "nothing of it");
  // Text that brings placeholders of its own is made printable first.
  EXPECT_EQ(filled("\x01\x02 a.test"), "\\x01\\x02 \x01");
}

TEST_F(Placeholders, NeverForEmptyOrTinyNames) {
  request.host = "";
  connection.sni = "a";
  EXPECT_EQ(filled("a plain text"), "a plain text");
}

}  // namespace
}  // namespace astray
