#include "probe/line_protocols.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

#include "support/exact_buffer.h"

namespace astray::line_protocols_test {
namespace {

// A server that says its lines one after the other, each in answer to a command.
struct Case {
  const char* name;
  uint16_t port;
  std::vector<std::string> replies;
  const char* commands;
  const char* expected;
};

const char* to_text(LineStep step) {
  switch (step) {
    case LineStep::greeting:
      return "greeting";
    case LineStep::ehlo:
      return "ehlo";
    case LineStep::feat:
      return "feat";
    case LineStep::quit:
      return "quit";
  }
  return "";
}

const Case cases[] = {
    // greetings of real servers, from their sources' defaults
    {"vsftpd",
     2121,
     {"220 (vsFTPd 3.0.3)\r\n", "530 Please login with USER and PASS.\r\n", "221 Goodbye.\r\n"},
     "FEAT|QUIT|",
     "ftp greeting_text 220 could_not_tell"},
    {"proftpd_tls",
     21,
     {"220 ProFTPD Server (Debian) [::ffff:127.0.0.1]\r\n",
      "211-Features:\r\n AUTH TLS\r\n CCC\r\n LANG bg-BG;en-US*\r\n211 End\r\n", "221 Goodbye.\r\n"},
     "FEAT|QUIT|",
     "ftp greeting_text 220 offered"},
    {"pure_ftpd_multi_line",
     21,
     {"220---------- Welcome to Pure-FTPd [privsep] [TLS] ----------\r\n220-You are user number 1 of 50\r\n"
      "220 You will be disconnected\r\n",
      "211-Extensions supported:\r\n EPRT\r\n211 End.\r\n", "221 Logout.\r\n"},
     "FEAT|QUIT|",
     "ftp greeting_text 220 not_offered"},
    {"postfix",
     25,
     {"220 ftp.example.com ESMTP Postfix (Debian/GNU)\r\n",
      "250-ftp.example.com\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 CHUNKING\r\n", "221 2.0.0 Bye\r\n"},
     "EHLO astray.invalid|QUIT|",
     "smtp greeting_text 220 offered"},
    {"exim_without_tls",
     587,
     {"220 a.example ESMTP Exim 4.96\r\n", "250-a.example Hello\r\n250 HELP\r\n", "221 a\r\n"},
     "EHLO astray.invalid|QUIT|",
     "smtp greeting_text 220 not_offered"},
    {"old_smtp",
     25,
     {"220 a.example SMTP ready\r\n", "500 what\r\n", "221 a\r\n"},
     "EHLO astray.invalid|QUIT|",
     "smtp greeting_text 220 not_offered"},
    {"smtp_temporary",
     25,
     {"220 a.example SMTP ready\r\n", "451 later\r\n", "221 a\r\n"},
     "EHLO astray.invalid|QUIT|",
     "smtp greeting_text 220 could_not_tell"},
    // ambiguous greetings
    {"ambiguous_smtp",
     9,
     {"220 hello\n", "250 hi\n", "221 bye\n"},
     "EHLO astray.invalid|QUIT|",
     "smtp ehlo_answer 220 not_offered"},
    {"ambiguous_ftp",
     9,
     {"220 hello\r\n", "530 Please login.\r\n", "211-x\r\n AUTH TLS-C;TLS-P;\r\n211 x\r\n", "221 x\r\n"},
     "EHLO astray.invalid|FEAT|QUIT|",
     "ftp ehlo_answer 220 offered"},
    {"ambiguous_at_ftps_port",
     990,
     {"220 hello\r\n", "500 what\r\n", "500 what\r\n", "221 x\r\n"},
     "EHLO astray.invalid|FEAT|QUIT|",
     "ftp port 220 could_not_tell"},
    {"ambiguous",
     9,
     {"220 hello\r\n", "500 what\r\n", "221 x\r\n"},
     "EHLO astray.invalid|QUIT|",
     "unknown none 220 could_not_tell"},
    {"both_named",
     9,
     {"220 FTP to SMTP\r\n", "500 what\r\n", "221 x\r\n"},
     "EHLO astray.invalid|QUIT|",
     "unknown none 220 could_not_tell"},
    {"delayed",
     9,
     {"120 wait\r\n220 go\r\n", "502 no\r\n", "221 x\r\n"},
     "FEAT|QUIT|",
     "ftp reply_code 220 could_not_tell"},
    {"no_smtp_service", 9, {"554 go away\r\n", "221 x\r\n"}, "QUIT|", "smtp reply_code 554 could_not_tell"},
    // 421
    {"ftp_421",
     2121,
     {"421 There are too many connected users, FTP is full\r\n"},
     "",
     "ftp greeting_text 421 could_not_tell refused at greeting: There are too many connected users, FTP is "
     "full"},
    {"rfc959_421",
     9,
     {"421 Service not available, closing control connection.\r\n"},
     "",
     "ftp greeting_text 421 could_not_tell refused at greeting: Service not available, closing control "
     "connection."},
    {"rfc5321_421",
     9,
     {"421 a.example Service not available, closing transmission channel\r\n"},
     "",
     "smtp greeting_text 421 could_not_tell refused at greeting: a.example Service not available, closing "
     "transmission channel"},
    {"postfix_421",
     9,
     {"421 4.7.0 a.example Error: too many connections from 192.0.2.1\r\n"},
     "",
     "smtp reply_code 421 could_not_tell refused at greeting: 4.7.0 a.example Error: too many connections "
     "from "
     "192.0.2.1"},
    {"port_421",
     21,
     {"421-Too many connections\r\n  (8) from this address\r\n421 Bye\r\n"},
     "",
     "ftp port 421 could_not_tell refused at greeting: Too many connections\n  (8) from this address\nBye"},
    {"unknown_421",
     9,
     {"421 Too many connections\r\n"},
     "",
     "unknown none 421 could_not_tell refused at greeting: Too many connections"},
    {"421_without_text", 25, {"421\r\n"}, "", "smtp port 421 could_not_tell refused at greeting: "},
    {"421_to_ehlo",
     9,
     {"220 hello\r\n", "421 4.3.2 Shutting down\r\n"},
     "EHLO astray.invalid|",
     "smtp reply_code 220 could_not_tell refused at ehlo: 4.3.2 Shutting down"},
    {"421_to_feat",
     21,
     {"220 FTP\r\n", "421 Timeout.\r\n"},
     "FEAT|",
     "ftp greeting_text 220 could_not_tell refused at feat: Timeout."},
    {"421_to_quit",
     25,
     {"220 a SMTP\r\n", "250 a\r\n", "421 a\r\n"},
     "EHLO astray.invalid|QUIT|",
     "smtp greeting_text 220 not_offered refused at quit: a"},
    // early ends: what is known is said
    {"closes_after_greeting",
     25,
     {"220 a ESMTP\r\n"},
     "EHLO astray.invalid|",
     "smtp greeting_text 220 could_not_tell"},
    {"cut_ehlo",
     9,
     {"220 hello\r\n", "250-hi\r\n"},
     "EHLO astray.invalid|",
     "unknown none 220 could_not_tell"},
    {"noise_after_greeting",
     9,
     {"220 FTP\r\n", "hello\r\n"},
     "FEAT|",
     "ftp greeting_text 220 could_not_tell"},
    // no line protocol
    {"silent", 25, {}, "", "failed: no greeting came: FTP and SMTP servers speak first"},
    {"cut", 25, {"220-a\r\n"}, "", "failed: the greeting was not complete '220-a'"},
    {"cut_line", 25, {"22"}, "", "failed: the greeting was not complete '22'"},
    {"http",
     25,
     {"HTTP/1.1 421 Misdirected Request\r\n"},
     "",
     "failed: the first line is no reply of FTP or SMTP 'HTTP/1.1 421 Misdirected Request'"},
    {"ssh", 21, {"SSH-2.0-x\r\n"}, "", "failed: the first line is no reply of FTP or SMTP 'SSH-2.0-x' ssh"},
    {"tls",
     465,
     {std::string("\x15\x03\x01\0\x02\x02\x46 more", 12)},
     "",
     "failed: the first line is no reply of FTP or SMTP '\\x15\\x03\\x01\\x00\\x02\\x02F' tls"},
    {"four_digits",
     21,
     {"2200 x\r\n"},
     "",
     "failed: the first line is no reply of FTP or SMTP '2200 x' other_text"},
    {"code_999",
     21,
     {"999 x\r\n"},
     "",
     "failed: the first line is no reply of FTP or SMTP '999 x' numeric_reply"},
    {"endless",
     21,
     {"220 " + std::string(20'000, 'x')},
     "",
     "failed: a reply is larger than the limit '220 '"},
};

struct Heard {
  std::string commands;
  std::string end;
  std::vector<std::string> replies;
  std::string sentence;
};

void drain(LineProtocolClient& client, Heard& heard) {
  while (auto event = client.next_event()) {
    EXPECT_EQ(heard.end, "") << "an event after the last one";
    if (const auto* reply = std::get_if<LineReply>(&*event))
      heard.replies.push_back(fmt::format("{} {} {}", to_text(reply->step), reply->code, reply->text));
    if (const auto* answer = std::get_if<LineAnswer>(&*event)) {
      heard.end = fmt::format("{} {} {} {}", to_string(answer->protocol), to_string(answer->basis),
                              answer->greeting_code, to_string(answer->start_tls));
      if (answer->refused_at)
        heard.end += fmt::format(" refused at {}: {}", to_text(*answer->refused_at), answer->refusal);
      heard.sentence = describe(*answer);
    }
    if (const auto* failed = std::get_if<LineFailed>(&*event)) {
      heard.end = fmt::format("failed: {}", describe(failed->error));
      const std::string_view shown =
          failed->first_bytes.substr(0, failed->error == LineError::reply_too_large ? 4 : 99);
      if (!shown.empty()) heard.end += fmt::format(" '{}'", http1::printable(shown));
      if (failed->looks_like != http1::OtherProtocol::none)
        heard.end += fmt::format(" {}", http1::to_string(failed->looks_like));
    }
  }
}

Heard hear(const Case& c, size_t piece) {
  LineProtocolClient client{Port(c.port)};
  Heard heard;
  const auto collect = [&] {
    char buffer[5];
    std::string commands;
    while (const size_t count = client.write_to(buffer)) commands.append(buffer, count);
    for (size_t at = 0; at < commands.size(); ++at) {
      if (commands[at] == '\r' && at + 1 < commands.size() && commands[at + 1] == '\n') {
        heard.commands += '|';
        ++at;
      } else {
        heard.commands += commands[at];
      }
    }
  };
  for (const std::string& reply : c.replies)
    for (size_t at = 0; at < reply.size(); at += std::min(piece, reply.size())) {
      const test::ExactBuffer bytes(std::string_view(reply).substr(at, piece));
      client.receive(bytes.view());
      drain(client, heard);
      collect();
    }
  client.receive_end();
  drain(client, heard);
  return heard;
}

TEST(LineProtocols, ToldHoweverTheRepliesAreCut) {
  for (const Case& c : cases)
    for (size_t piece : {static_cast<size_t>(-1), size_t{1}, size_t{3}}) {
      const Heard heard = hear(c, piece);
      EXPECT_EQ(heard.end, c.expected) << c.name << ", pieces of " << piece;
      EXPECT_EQ(heard.commands, c.commands) << c.name << ", pieces of " << piece;
    }
}

TEST(LineProtocols, HandOutEveryReply) {
  const Case c{
      "", 25, {"220-a ESMTP\r\n220 b\r\n", "250-a\r\n250-STARTTLS\r\n250 X\r\n", "221 bye\r\n"}, "", ""};
  const std::vector<std::string> expected = {"greeting 220 a ESMTP\nb", "ehlo 250 a\nSTARTTLS\nX",
                                             "quit 221 bye"};
  EXPECT_EQ(hear(c, 1).replies, expected);
}

TEST(LineProtocols, SayInOneSentenceThatTheir421IsNotHttps) {
  const struct {
    uint16_t port;
    const char* reply;
    const char* sentence;
  } table[] = {
      {21, "421 Too many \x1b connections\r\n",
       "FTP answered 421 (service not available, closing control connection: RFC 959 section 4.2.2; only the "
       "port "
       "suggests it), which is not HTTP's 421 Misdirected Request: \"Too many \\x1b connections\""},
      {587, "421 4.7.0 Busy\r\n",
       "SMTP answered 421 (service not available, closing transmission channel: RFC 5321 section 4.2.3; told "
       "from its "
       "reply code), which is not HTTP's 421 Misdirected Request: \"4.7.0 Busy\""},
      {9, "421 Busy\r\n",
       "FTP or SMTP answered 421 (service not available, in both; which of both could not be told), which is "
       "not "
       "HTTP's 421 Misdirected Request: \"Busy\""},
      {9, "220 a ESMTP\r\n",
       "SMTP speaks here (told from the text of its greeting), no HTTP; it greeted with 220 \"a "
       "ESMTP\""},
  };
  for (const auto& row : table)
    EXPECT_EQ(hear(Case{"", row.port, {row.reply}, "", ""}, 1).sentence, row.sentence);
}

}  // namespace
}  // namespace astray::line_protocols_test
