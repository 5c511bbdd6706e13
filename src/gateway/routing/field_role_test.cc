#include "gateway/routing/field_role.h"

#include <gtest/gtest.h>

namespace astray::gateway {
namespace {

TEST(FieldRole, OfEachName) {
  struct {
    FieldRole role;
    std::vector<std::string_view> names;
  } const cases[] = {
      {FieldRole::connection,
       {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "te", "upgrade",
        "http2-settings", "proxy-authenticate", "proxy-authorization", "proxy", "transfer_encoding",
        "keep_alive"}},
      {FieldRole::typed, {"host", "content-length", "expect", "content_length"}},
      {FieldRole::claim,
       {"forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port",
        "x-forwarded-client-cert", "x-forwarded-", "x_forwarded_for", "x-forwarded_for", "x-real-ip",
        "x_real_ip", "client-cert", "client_cert", "client-cert-chain", "x-original-url", "x-original-host",
        "x-rewrite-url"}},
      {FieldRole::end_to_end, {"",
                               "accept",
                               "user-agent",
                               "cookie",
                               "authorization",
                               "hosts",
                               "hos",
                               "x-forwarded",
                               "xforwarded-for",
                               "x-real-ips",
                               "content-type",
                               "upgrade-insecure-requests",
                               "trailer",
                               "t",
                               "proxy-status",
                               "expect-ct",
                               "forwarded-for",
                               "client-certs",
                               "keep alive",
                               "via"}},
  };
  for (const auto& [role, names] : cases)
    for (const std::string_view name : names) EXPECT_EQ(role_of(name), role) << name;
}

}  // namespace
}  // namespace astray::gateway
