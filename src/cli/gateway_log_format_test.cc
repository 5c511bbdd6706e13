// What the gateway writes is what astray explain reads: explain/ may not know gateway/, so its table of fields is held to theirs here.
#include <gtest/gtest.h>

#include "explain/logs/format_fields.h"
#include "explain/logs/line_reader.h"
#include "gateway/log/log_fields.h"
#include "gateway/log/log_format.h"
#include "gateway/log/log_record_test.h"

namespace astray {
namespace {

using explain::LineFormats;
using explain::LineReader;
using explain::Sighting;

struct Told {
  LineReader::Read read;
  Sighting sighting;
  std::string line;
  explain::TextArena arena;
};
std::unique_ptr<Told> written_and_read(const std::string& format, const gateway::LogRecord& record) {
  auto told = std::make_unique<Told>();
  const Result<gateway::LogFormat> writer = gateway::LogFormat::parse(format);
  EXPECT_TRUE(writer) << format;
  writer->write(told->line, record);
  const size_t size = told->line.size() - 1;  // without its line feed
  told->line.append(explain::JsonReader::padding, '\0');
  LineFormats formats;
  const std::optional<Error> error = formats.add_given(format);
  EXPECT_FALSE(error) << format << ": " << error->message;
  LineReader reader(&formats);
  told->read = reader.read(std::string_view(told->line).substr(0, size), told->arena, told->sighting);
  return told;
}

TEST(GatewayLogFormat, HasTheFieldsThatExplainKnows) {
  std::vector<std::string_view> known;
  for (const explain::NamedField& field : explain::astray_fields()) known.push_back(field.name);
  std::vector<std::string_view> written;
  for (const gateway::LogField& field : gateway::log_fields()) written.push_back(field.short_key());
  EXPECT_EQ(known, written);
}

/// Each field alone and all together, of a request that has everything and of one that has the least.
TEST(GatewayLogFormat, IsReadWhateverIsInIt) {
  std::string all;
  for (const gateway::LogField& field : gateway::log_fields()) {
    const std::string alone = "{" + std::string(field.short_key()) + "} {http.status}";
    all += "{" + std::string(field.key) + "} ";
    for (const gateway::LogRecord& record : {test::full_record(), test::bare_record()}) {
      EXPECT_NE(written_and_read(alone, record)->read.outcome, LineReader::Outcome::unreadable) << alone;
    }
  }
  all.pop_back();
  for (const gateway::LogRecord& record : {test::full_record(), test::bare_record()})
    EXPECT_NE(written_and_read(all, record)->read.outcome, LineReader::Outcome::unreadable) << all;
}

TEST(GatewayLogFormat, TellsTheSameAsTextAndAsJson) {
  gateway::LogRecord record = test::full_record();
  record.status = 421;
  record.answer = Answer::misdirected;
  record.reason = Reason::certificate_gap;
  const std::string text =
      "{time} {client.address} {connection.id}/{connection.request} {tls.sni} {tls.version} {tls.virtual_host} {http.protocol} "
      "{http.scheme} {http.authority} {http.virtual_host} \"{http.method} {http.path}\" \"{http.user_agent}\" {http.status} {reason} "
      "{back.name} {back.status} {back.connection.reused}";
  std::vector<std::unique_ptr<Told>> told;
  told.push_back(written_and_read("json", record));
  told.push_back(written_and_read(text, record));
  for (const std::unique_ptr<Told>& each : told) {
    const Sighting& s = each->sighting;
    EXPECT_EQ(each->read.outcome, LineReader::Outcome::request) << each->line;
    EXPECT_EQ(s.server, explain::LogServer::astray) << each->line;
    EXPECT_EQ(s.time, 1772323198000012) << each->line;  // date -u -d 2026-02-28T23:59:58Z +%s
    EXPECT_EQ(s.client.text, "2001:db8::7") << each->line;
    EXPECT_EQ(s.client_port.text, "50000") << each->line;
    EXPECT_EQ(s.connection.text, "18446744073709551615") << each->line;
    EXPECT_EQ(s.request_number, 2U) << each->line;
    EXPECT_EQ(s.sni.text, "a.example") << each->line;
    EXPECT_EQ(s.authority.text, "b.example:443") << each->line;
    EXPECT_EQ(s.handshake_virtual_host.text, "first") << each->line;
    EXPECT_EQ(s.virtual_host.text, "second") << each->line;
    EXPECT_EQ(s.protocol, Protocol::h2) << each->line;
    EXPECT_EQ(s.scheme, Scheme::https) << each->line;
    EXPECT_EQ(s.method.text, "POST") << each->line;
    EXPECT_EQ(s.path.text, "/a/b") << each->line;
    EXPECT_EQ(s.agent.text, "Mozilla/5.0 (X11)") << each->line;
    EXPECT_EQ(s.status, 421) << each->line;
    EXPECT_EQ(s.reason.text, "certificate-gap") << each->line;
    EXPECT_EQ(s.back.text, "app") << each->line;
    EXPECT_EQ(s.back_status, 421) << each->line;
    EXPECT_EQ(s.back_reused, true) << each->line;
  }
}

/// What a client sends cannot make a line tell something else: quotes, blanks and backslashes are written as \xHH.
TEST(GatewayLogFormat, CannotBeLedAstrayByWhatAClientSends) {
  gateway::LogRecord record = test::full_record();
  record.status = 421;
  record.authority = "b.example 200 \"\\";
  record.user_agent = "x\" 200 \\";
  const std::unique_ptr<Told> told =
      written_and_read("{http.authority} \"{http.user_agent}\" {http.status} {tls.sni}", record);
  EXPECT_EQ(told->read.outcome, LineReader::Outcome::request);
  EXPECT_EQ(told->sighting.status, 421);
  EXPECT_EQ(told->sighting.authority.text, "b.example\\x20200\\x20\\x22\\x5c");
  EXPECT_EQ(told->sighting.sni.text, "a.example");
}

/// The line that is advised where a log does not tell: what it writes has all that an explanation asks for.
TEST(GatewayLogFormat, ThatIsAdvisedTells) {
  const std::string_view advised = explain::telling_log_format(explain::LogServer::astray);
  ASSERT_NE(advised.find("format: json}"), std::string_view::npos) << advised;
  const std::unique_ptr<Told> told = written_and_read("json", test::full_record());
  EXPECT_TRUE(told->sighting.sni.known());
  EXPECT_TRUE(told->sighting.authority.known());
  EXPECT_TRUE(told->sighting.connection.known());
  EXPECT_TRUE(told->sighting.client.known());
}

}  // namespace
}  // namespace astray
