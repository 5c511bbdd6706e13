#include "probe/trouble.h"

#include <gtest/gtest.h>

namespace astray {
namespace {

std::string text_of(const Trouble& trouble) {
  return std::string(to_string(trouble.failure)) + ": " + trouble.message;
}

TEST(Troubles, NameThePeerThatDoesNotSpeakTls) {
  const struct {
    const char* first_bytes;
    const char* message;
  } cases[] = {
      {"HTTP/1.1 400 Bad Request",
       "not-tls: the peer does not speak TLS but HTTP in clear; it began with "
       "\"HTTP/1.1 400 Bad Request\""},
      {"SSH-2.0-x", "not-tls: the peer does not speak TLS but SSH; it began with \"SSH-2.0-x\""},
      {"220 mail.example ESMTP",
       "not-tls: the peer does not speak TLS but a line protocol such as FTP or "
       "SMTP; it began with \"220 mail.example ESMTP\""},
      {"421 too many",
       "not-tls: the peer does not speak TLS but a line protocol such as FTP or SMTP, whose "
       "421 is not HTTP's; it began with \"421 too many\""},
      {"+OK ready", "not-tls: the peer does not speak TLS but POP3 or IMAP; it began with \"+OK ready\""},
      {"\x01\x02", "not-tls: the peer does not speak TLS; it began with \"\\x01\\x02\""},
  };
  for (const auto& each : cases) EXPECT_EQ(text_of(not_tls(each.first_bytes)), each.message);
}

TEST(Troubles, ConnectErrorsOfOursAreNotThePeers) {
  using Kind = ConnectError::Kind;
  EXPECT_EQ(trouble_of(ConnectError{Kind::refused, 0}).failure, ProbeFailure::refused);
  EXPECT_EQ(trouble_of(ConnectError{Kind::timed_out, 0}).failure, ProbeFailure::timed_out);
  EXPECT_EQ(trouble_of(ConnectError{Kind::unreachable, 0}).failure, ProbeFailure::unreachable);
  for (const Kind ours : {Kind::address_unavailable, Kind::too_many_descriptors, Kind::permission_denied})
    EXPECT_EQ(trouble_of(ConnectError{ours, 0}).failure, ProbeFailure::local_limit);
}

TEST(Troubles, AlertsKeepTheirName) {
  tls::Failure failure;
  failure.kind = tls::FailureKind::alert_received;
  failure.alert = tls::Alert{tls::AlertLevel::fatal, tls::alert::unrecognized_name, tls::Direction::received};
  failure.sentence = "tlsv1 unrecognized name";
  EXPECT_EQ(trouble_of(failure).alert, "unrecognized_name");
  EXPECT_EQ(text_of(trouble_of(failure)), "tls-alert: tlsv1 unrecognized name");
  failure.alert.reset();
  EXPECT_EQ(trouble_of(failure).alert, "unknown");
}

TEST(Troubles, Http2FailuresSayWhich) {
  using http2::ConnectionProblem;
  const auto failure_of = [](ConnectionProblem problem) {
    return trouble_of(http2::ConnectionFailure{problem, http2::ErrorCode::no_error, 0, "why"});
  };
  EXPECT_EQ(text_of(failure_of(ConnectionProblem::ping_flood)), "flood: HTTP/2 ping-flood: why");
  EXPECT_EQ(failure_of(ConnectionProblem::not_http2).failure, ProbeFailure::not_http);
  EXPECT_EQ(failure_of(ConnectionProblem::header_list_too_large).failure, ProbeFailure::head_too_big);
  EXPECT_EQ(failure_of(ConnectionProblem::closed_mid_stream).failure, ProbeFailure::closed_early);
  EXPECT_EQ(failure_of(ConnectionProblem::out_of_memory).failure, ProbeFailure::local_limit);
  EXPECT_EQ(text_of(trouble_of(http2::GoAway{0, http2::ErrorCode::enhance_your_calm, {}})),
            "goaway: the server sent GOAWAY (ENHANCE_YOUR_CALM)");
}

}  // namespace
}  // namespace astray
