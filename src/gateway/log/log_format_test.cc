#include "gateway/log/log_format.h"

#include <gtest/gtest.h>

#include <set>

#include "gateway/log/log_record_test.h"
#include "support/allocations.h"
#include "support/golden.h"

namespace astray::gateway {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using test::bare_record;
using test::full_record;

const std::string log_root = ASTRAY_SOURCE_DIR;

std::string line_of(std::string_view format_text, const LogRecord& record) {
  const auto format = LogFormat::parse(format_text);
  if (!format) return "error: " + format.error().message;
  std::string out;
  format->write(out, record);
  return out;
}

TEST(LogFormat, JsonHasEverything) {
  EXPECT_EQ(
      line_of("json", full_record()),
      R"({"time":"2026-02-28T23:59:58.000012Z","astray.duration":1.234567,"astray.client.address":"[2001:db8::7]:50000",)"
      R"("astray.client.peer":"192.0.2.9:40000","astray.listener":"https","astray.connection.id":18446744073709551615,)"
      R"("astray.connection.request":2,"astray.connection.reused":true,"astray.connection.trusted_gateway":false,)"
      R"("astray.tls.sni":"a.example","astray.tls.version":"TLSv1.3","astray.tls.cipher":"TLS_AES_256_GCM_SHA384",)"
      R"("astray.tls.resumed":true,"astray.tls.client_certificate":true,"astray.tls.virtual_host":"first",)"
      R"("astray.http.protocol":"h2","astray.http.scheme":"https","astray.http.authority":"b.example:443",)"
      R"("astray.http.virtual_host":"second","astray.http.method":"POST","astray.http.path":"/a/b",)"
      R"-("astray.http.query":"c=d?e","astray.http.user_agent":"Mozilla/5.0 (X11)","astray.http.status":502,)-"
      R"("astray.http.request_bytes":10,"astray.http.response_bytes":20,"astray.answer":"serve",)"
      R"("astray.reason":"coalesced","astray.back.name":"app","astray.back.address":"127.0.0.1:8080",)"
      R"("astray.back.connection.id":7,"astray.back.connection.reused":true,"astray.back.status":421,)"
      R"("astray.back.duration":0.005000,"astray.back.attempts":2,"astray.back.retried_after_421":true,)"
      R"("astray.error.kind":"closed-early",)"
      R"("astray.error.sentence":"the back closed the connection within the body"})"
      "\n");
}

TEST(LogFormat, JsonLeavesOutWhatIsNotThere) {
  EXPECT_EQ(
      line_of("json", bare_record()),
      R"({"time":"2026-02-28T23:59:58.000012Z","astray.duration":0.000000,"astray.connection.id":1,)"
      R"("astray.connection.request":1,"astray.connection.reused":false,)"
      R"("astray.connection.trusted_gateway":false,"astray.http.protocol":"h1","astray.http.scheme":"http",)"
      R"("astray.http.request_bytes":0,"astray.http.response_bytes":0})"
      "\n");
}

TEST(LogFormat, AnEmptySniOrQueryIsNotAnAbsentOne) {
  LogRecord record = bare_record();
  record.tls = LoggedTls{.sni = ""};
  record.target = "/?";
  record.user_agent = "";
  EXPECT_EQ(line_of("{tls.sni}|{http.query}|{http.user_agent}|", record), "|||\n");
  record.tls->sni.reset();
  record.target = "/";
  record.user_agent.reset();
  EXPECT_EQ(line_of("{tls.sni}|{http.query}|{http.user_agent}|", record), "-|-|-|\n");
}

TEST(LogFormat, FieldsOfJsonCanBeLeftOut) {
  const std::string line = line_of("json -http.query  -astray.http.user_agent -time", full_record());
  EXPECT_EQ(line.find("query"), std::string::npos);
  EXPECT_EQ(line.find("c=d"), std::string::npos);
  EXPECT_EQ(line.find("Mozilla"), std::string::npos);
  EXPECT_TRUE(line.starts_with("{\"astray.duration\":1.234567,")) << line;
}

struct LineCase {
  const char* format;
  const char* expected;
};
const LineCase line_cases[] = {
    {"{time} {client.address} \"{http.method} {http.path}\" {http.status} {duration}",
     "2026-02-28T23:59:58.000012Z [2001:db8::7]:50000 \"POST /a/b\" 502 1.234567\n"},
    {"{astray.tls.sni} {http.authority}", "a.example b.example:443\n"},
    {"{{{reason}}} {tls.resumed}", "{coalesced} true\n"},
    {"json={http.status}", "json=502\n"},
    {"{http.user_agent} \"{http.user_agent}\"", "Mozilla/5.0\\x20(X11) \"Mozilla/5.0 (X11)\"\n"},
};

TEST(LogFormat, Lines) {
  for (const LineCase& c : line_cases) EXPECT_EQ(line_of(c.format, full_record()), c.expected) << c.format;
}

const LineCase error_cases[] = {
    {"", "error: a log format is \"json\" or a line with {fields}, and this one is empty"},
    {"{http.statsu}", "error: there is no log field http.statsu (at byte 2). Did you mean http.status?"},
    {"x {astray.tls.snx}",
     "error: there is no log field astray.tls.snx (at byte 4). Did you mean astray.tls.sni?"},
    {"json -http.qery", "error: there is no log field http.qery (at byte 7). Did you mean http.query?"},
    {"json http.query",
     "error: behind \"json\" stand fields to leave out, such as -http.query, and not http.query (at byte 6)"},
    {"json -",
     "error: behind \"json\" stand fields to leave out, such as -http.query, and not - (at byte 6)"},
    {"{time", "error: { at byte 1 is never closed; write {{ for a brace"},
    {"{time}}", "error: } at byte 7 closes nothing; write }} for a brace"},
    {"{}",
     "error: {} at byte 1 is no field: between braces stands a name such as http.status; write {{ for a "
     "brace"},
    {"{Time }",
     "error: {Time } at byte 1 is no field: between braces stands a name such as http.status; write {{ "
     "for a brace"},
    {"a line",
     "error: there is no field in the log format a line; write \"json\", or fields such as {http.status}"},
    {"jsn",
     "error: there is no field in the log format jsn; write \"json\", or fields such as {http.status}. Did "
     "you mean json?"},
    {"\"{time}", "error: a quote of the log format is never closed"},
    {"{time}\n{time}",
     "error: a log format is one line of printable text, and this one has control characters"},
};

TEST(LogFormat, ErrorsSayWhatAndWhere) {
  for (const LineCase& c : error_cases) EXPECT_EQ(line_of(c.format, full_record()), c.expected) << c.format;
}

TEST(LogFormat, HasLimits) {
  EXPECT_TRUE(LogFormat::parse("{time}" + std::string(4090, 'x')));
  EXPECT_FALSE(LogFormat::parse("{time}" + std::string(4091, 'x')));
  std::string fields;
  for (int i = 0; i < 64; ++i) fields += "{time}";
  EXPECT_TRUE(LogFormat::parse(fields));
  EXPECT_FALSE(LogFormat::parse(fields + "{time}"));
}

struct EscapeCase {
  std::string_view sent;
  std::string_view json;
  std::string_view text;
  std::string_view in_quotes;
};
const EscapeCase escape_cases[] = {
    {"a\nb\r\0\t\x7f"sv, R"("a\u000ab\u000d\u0000\u0009\u007f")", R"(a\x0ab\x0d\x00\x09\x7f)",
     R"(a\x0ab\x0d\x00\x09\x7f)"},
    {"a\" 200 \"b", R"("a\" 200 \"b")", R"(a\x22\x20200\x20\x22b)", R"(a\x22 200 \x22b)"},
    {R"(a\x0a\)", R"("a\\x0a\\")", R"(a\x5cx0a\x5c)", R"(a\x5cx0a\x5c)"},
    {"\xc3\xbc", R"("\u00fc")", R"(\xc3\xbc)", R"(\xc3\xbc)"},
    {"\xe2\x80\xae", R"("\u202e")", R"(\xe2\x80\xae)", R"(\xe2\x80\xae)"},  // turns the order of a terminal
    {"\xf0\x9f\x98\x80", R"("\ud83d\ude00")", R"(\xf0\x9f\x98\x80)", R"(\xf0\x9f\x98\x80)"},
    {"a\xff\xc3z", R"("a\ufffd\ufffdz")", R"(a\xff\xc3z)", R"(a\xff\xc3z)"},
    {"\x1b[31m", R"("\u001b[31m")", R"(\x1b[31m)", R"(\x1b[31m)"},
    {"{time}", R"("{time}")", "{time}", "{time}"},
};

TEST(LogFormat, NothingThatWasSentBreaksOut) {
  for (const EscapeCase& c : escape_cases) {
    LogRecord record = bare_record();
    record.user_agent = c.sent;
    const std::string json = line_of("json", record);
    EXPECT_NE(json.find("\"astray.http.user_agent\":" + std::string(c.json)), std::string::npos) << json;
    EXPECT_EQ(line_of("{http.user_agent}", record), std::string(c.text) + "\n");
    EXPECT_EQ(line_of("\"{http.user_agent}\"", record), "\"" + std::string(c.in_quotes) + "\"\n");
  }
}

// Every byte and pair of bytes, in every text that a peer sends: one line of printable ASCII comes of it.
TEST(LogFormat, LinesArePrintableAsciiWhateverWasSent) {
  for (const char* format_text :
       {"json", "{tls.sni} {http.authority} {http.method} {http.path} \"{http.query}\""}) {
    const LogFormat format = LogFormat::parse(format_text).value();
    for (int pair = 0; pair < 0x10000; pair += 0x61) {
      const std::string sent{static_cast<char>(pair >> 8), static_cast<char>(pair)};
      const std::string target = "/" + sent + "?" + sent;
      LogRecord record = full_record();
      record.tls->sni = record.authority = record.method = sent;
      record.target = target;
      std::string out;
      format.write(out, record);
      ASSERT_EQ(out.back(), '\n');
      for (size_t i = 0; i + 1 < out.size(); ++i) ASSERT_TRUE(out[i] >= 0x20 && out[i] < 0x7f) << out;
    }
  }
}

TEST(LogFormat, LongValuesAreCut) {
  const std::string long_text(5000, 'x');
  LogRecord record = bare_record();
  record.target = long_text;
  record.method = std::string_view(long_text).substr(0, 32);
  EXPECT_EQ(line_of("{http.path}", record), std::string(2048, 'x') + "...\n");
  EXPECT_EQ(line_of("{http.method}", record), std::string(32, 'x') + "\n");
  const std::string at_the_cut = std::string(2047, 'x') + "\xc3\xbc";
  record.target = at_the_cut;
  const std::string json = line_of("json", record);
  EXPECT_NE(json.find("xx...\""), std::string::npos) << "half a character became one";
  const std::string continuations(5000, '\x80');
  record.target = continuations;
  EXPECT_EQ(line_of("{http.path}", record).size(), 2045 * 4 + std::string("...\n").size());
}

TEST(LogFormat, TimesOfAllKinds) {
  using namespace std::chrono;
  const auto time_line = [](WallTime time) {
    LogRecord record = bare_record();
    record.time = time;
    return line_of("{time}", record);
  };
  EXPECT_EQ(time_line(WallTime{}), "1970-01-01T00:00:00.000000Z\n");
  EXPECT_EQ(time_line(WallTime{951782399s + 999'999'999ns}), "2000-02-28T23:59:59.999999Z\n");
  EXPECT_EQ(time_line(WallTime{951782400s}), "2000-02-29T00:00:00.000000Z\n");
  EXPECT_EQ(time_line(WallTime{-1ns}), "1969-12-31T23:59:59.999999Z\n");
}

TEST(LogFields, AreNamedOnce) {
  std::set<std::string_view> keys;
  for (const LogField& field : log_fields()) {
    EXPECT_TRUE(keys.insert(field.key).second) << field.key;
    EXPECT_EQ(find_log_field(field.key), &field);
    EXPECT_EQ(find_log_field(field.short_key()), &field);
    EXPECT_TRUE(field.key == "time" || field.key.starts_with("astray.")) << field.key;
  }
  EXPECT_EQ(find_log_field(""), nullptr);
}

// What a connection's lines have in common is kept from the first of them on, and changes no line.
TEST(LogFormat, KeepsWhatAConnectionHasInCommon) {
  const std::vector<std::string> texts = {
      "json", "json -time -duration -client.address", "json -connection.request -connection.reused",
      "{time} {client.address} {client.peer} \"{http.path}\" {tls.sni}/{tls.cipher} {http.status}", "{listener}",
      "{connection.request} {connection.id}"};
  for (const LogRecord& first : {full_record(), bare_record()}) {
    LogConnectionText common;
    LogRecord second = first;
    second.request_number = 9;
    second.status = 204;
    second.authority = "other.example";
    for (const std::string& text : texts) {
      const LogFormat format = LogFormat::parse(text).value();
      for (LogRecord record : {first, second, first}) {
        const std::string alone = line_of(text, record);
        record.of_connection = &common;
        std::string out = "before\n";
        format.write(out, record);
        EXPECT_EQ(out, "before\n" + alone) << text;
      }
    }
  }
}

// Two connections of one format do not hear of each other, and a new format does not use the old one's text.
TEST(LogFormat, KeepsItForTheConnectionAlone) {
  const LogFormat format = LogFormat::parse("{listener} {http.status}").value();
  const LogFormat reloaded = LogFormat::parse("{connection.id} {http.status}").value();
  LogConnectionText of_a, of_b;
  LogRecord a = full_record(), b = bare_record();
  a.of_connection = &of_a;
  b.of_connection = &of_b;
  b.listener = "clear";
  std::string out;
  for (const LogRecord& record : {a, b, a}) format.write(out, record);
  reloaded.write(out, b);
  EXPECT_EQ(out, "https 502\nclear -\nhttps 502\n1 -\n");
}

TEST(LogFields, StandInTheReference) {
  const std::string page = test::read_file(log_root + "/docs/gateway-log.md");
  const std::string schema = test::read_file(log_root + "/docs/schema/gateway-log.schema.json");
  std::string table;
  for (const LogField& field : log_fields()) {
    table += "| `" + std::string(field.key) + "` | " + std::string(field.text) + " |\n";
    EXPECT_NE(schema.find("\n  \"" + std::string(field.key) + "\": {"), std::string::npos) << field.key;
  }
  EXPECT_NE(page.find("|---|---|\n" + table + "\n"), std::string::npos) << "the table should be:\n" << table;
}

// What tests/gateway/check_log_schema.py holds against the schema.
TEST(LogFormat, LinesForTheSchema) {
  const LogFormat json = LogFormat::parse("json").value();
  std::string lines;
  json.write(lines, full_record());
  json.write(lines, bare_record());
  LogRecord refused = full_record();
  refused.answer = Answer::misdirected;
  refused.reason = Reason::certificate_gap;
  refused.status = 421;
  refused.back.reset();
  refused.error_kind = refused.error_sentence = {};
  refused.sender = Peer::trusted_gateway;
  refused.tls->sni.reset();
  json.write(lines, refused);
  LogRecord hostile = full_record();
  hostile.tls->sni = hostile.authority = hostile.method = "\"},\n\xff\0{\""sv;
  hostile.target = "/\"\\\r\n?\xc3";
  json.write(lines, hostile);
  test::expect_golden(log_root + "/tests/gateway/log_lines.jsonl", lines);
}

#if ASTRAY_COUNTS_ALLOCATIONS
TEST(LogFormat, TakesNoMemory) {
  const LogFormat json = LogFormat::parse("json").value();
  const LogFormat text = LogFormat::parse("{time} {client.address} \"{http.path}\" {back.address}").value();
  LogConnectionText common_of_json, common_of_text;
  LogRecord record = full_record();
  std::string out;
  out.reserve(64 * 1024);
  const auto write_both = [&] {
    record.of_connection = &common_of_json;
    json.write(out, record);
    record.of_connection = &common_of_text;
    text.write(out, record);
  };
  write_both();
  EXPECT_EQ(test::allocations_of([&] {
              for (int i = 0; i < 10; ++i) write_both();
            }),
            0u);
}
#endif

}  // namespace
}  // namespace astray::gateway
