#pragma once
// Requests that the tests of the log write.
#include "gateway/log/log_record.h"

namespace astray::test {

/// 2026-02-28T23:59:58.000012Z.
inline constexpr gateway::WallTime some_time{std::chrono::sys_days(std::chrono::year(2026) / 2 / 28) +
                                             std::chrono::hours(23) + std::chrono::minutes(59) +
                                             std::chrono::seconds(58) + std::chrono::nanoseconds(12'345)};

/// One that has everything.
inline gateway::LogRecord full_record() {
  using namespace std::chrono_literals;
  gateway::LogRecord record;
  record.time = some_time;
  record.duration = 1'234'567us + 890ns;
  record.client = Endpoint::parse("[2001:db8::7]:50000").value();
  record.peer = Endpoint::parse("192.0.2.9:40000").value();
  record.listener = "https";
  record.connection_id = 18446744073709551615u;
  record.request_number = 2;
  record.tls = gateway::LoggedTls{.sni = "a.example",
                                  .version = tls::Version::tls1_3,
                                  .cipher = "TLS_AES_256_GCM_SHA384",
                                  .resumed = true,
                                  .client_certificate = true,
                                  .virtual_host = "first"};
  record.protocol = Protocol::h2;
  record.authority = "b.example:443";
  record.method = "POST";
  record.target = "/a/b?c=d?e";
  record.user_agent = "Mozilla/5.0 (X11)";
  record.virtual_host = "second";
  record.answer = Answer::serve;
  record.reason = Reason::coalesced;
  record.status = 502;
  record.request_bytes = 10;
  record.response_bytes = 20;
  record.back = gateway::LoggedBack{.name = "app",
                                    .address = Endpoint::parse("127.0.0.1:8080").value(),
                                    .connection_id = 7,
                                    .reused = true,
                                    .status = 421,
                                    .duration = 5ms,
                                    .attempts = 2,
                                    .retried_after_421 = true};
  record.error_kind = "closed-early";
  record.error_sentence = "the back closed the connection within the body";
  return record;
}

/// One that has the least: a head that could not be read, in clear.
inline gateway::LogRecord bare_record() {
  gateway::LogRecord record;
  record.time = some_time;
  record.scheme = Scheme::http;
  record.connection_id = 1;
  return record;
}

}  // namespace astray::test
