// The conformance test HTTPRouteHTTPSListenerDetectMisdirectedRequests of the Gateway API, expressed as
// facts: four HTTPS listeners on one port share one certificate, every case is a fresh h2 connection.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "verdict/judge_request.h"

namespace astray::gateway_api_test {
namespace {

struct Listener {
  std::string hostname;  ///< "" takes every name
  std::string route;     ///< host name of its route; a "*." covers any depth, as a listener's host name does
};

const std::vector<Listener> listeners = {
    {"", "example.org"},
    {"second-example.org", "second-example.org"},
    {"*.wildcard.org", "*.wildcard.org"},
    {"fourth-example.wildcard.org", "fourth-example.wildcard.org"},
};

bool matches(const std::string& pattern, std::string_view name) {
  if (pattern.starts_with("*.")) return name.ends_with(pattern.substr(1));
  return pattern.empty() || pattern == name;
}

/// An exact host name before a wildcard before none: here the longer one is the more specific one.
size_t best_listener(std::string_view name) {
  size_t best = 0;
  for (size_t i = 1; i < listeners.size(); ++i) {
    if (matches(listeners[i].hostname, name) &&
        listeners[i].hostname.size() > listeners[best].hostname.size())
      best = i;
  }
  return best;
}

ListenerDigest digest(size_t listener) {
  return {std::hash<std::string>{}(listeners[listener].hostname)};
}

struct Row {
  std::string sni, host;
  int status;  ///< 0: served
};

class GatewayApi : public testing::TestWithParam<Row> {};

TEST_P(GatewayApi, ConformanceRow) {
  std::vector<CertificateName> certificate;
  for (const char* name : {"example.org", "second-example.org", "*.wildcard.org"})
    certificate.push_back(CertificateName::parse_dns(name).value());
  auto find_owner = [&](const Origin& asked) {
    size_t listener = best_listener(asked.host.text());
    bool routed = matches(listeners[listener].route, asked.host.text());
    return Ownership{.claim = routed ? Claim::by_name : Claim::no_one,
                     .listener = digest(listener),
                     .certificate_names = certificate,
                     .if_unowned = UnownedAnswer::not_found};
  };

  ConnectionFacts connection;
  connection.local_port = Port(443);
  connection.sni = RawHost(GetParam().sni);
  connection.protocol = Protocol::h2;
  connection.listener = digest(best_listener(GetParam().sni));
  connection.certificate_names = certificate;
  RequestFacts request;
  request.scheme = Scheme::https;
  request.pseudo_authority = RawHost(GetParam().host);

  Verdict verdict = judge_request(connection, request, find_owner);
  EXPECT_EQ(status(verdict.answer), GetParam().status) << describe(verdict);
  EXPECT_NE(verdict.answer, Answer::could_not_tell);
  if (verdict.answer == Answer::misdirected) {
    EXPECT_EQ(verdict.reason, Reason::more_specific_listener);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, GatewayApi,
    testing::Values(Row{"example.org", "example.org", 0},                                   // 1
                    Row{"example.org", "second-example.org", 421},                          // 2
                    Row{"example.org", "unknown-example.org", 404},                         // 3
                    Row{"second-example.org", "second-example.org", 0},                     // 4
                    Row{"second-example.org", "example.org", 421},                          // 5
                    Row{"second-example.org", "unknown-example.org", 421},                  // 6
                    Row{"third-example.wildcard.org", "third-example.wildcard.org", 0},     // 7
                    Row{"third-example.wildcard.org", "fith-example.wildcard.org", 0},      // 8
                    Row{"third-example.wildcard.org", "fourth-example.wildcard.org", 421},  // 9
                    Row{"third-example.wildcard.org", "second-example.org", 421},           // 10
                    Row{"third-example.wildcard.org", "unknown-example.org", 421},          // 11
                    Row{"fourth-example.wildcard.org", "fourth-example.wildcard.org", 0},   // 12
                    Row{"fourth-example.wildcard.org", "fith-example.wildcard.org", 421},   // 13
                    Row{"unknown-example.org", "example.org", 0},                           // 14
                    Row{"unknown-example.org", "unknown-example.org", 404}));               // 15

}  // namespace
}  // namespace astray::gateway_api_test
