// Converters, by sample_conv_* of HAProxy's sample.c.
#include <gtest/gtest.h>

#include "servers/haproxy/expression.h"

namespace astray::haproxy {
namespace {

/// "-" for no sample.
std::string evaluated(std::string_view expression, std::string host) {
  RequestView request;
  request.host = std::move(host);
  const Value value = evaluate(parse_expression(expression, {}), request);
  return value.kind == Value::Kind::absent ? "-" : value.kind == Value::Kind::unknown ? "?" : value.text;
}

TEST(HaproxyConverters, CutThePortAtTheLastColon) {
  const struct {
    std::string_view host, name, port;
  } rows[] = {{"A.Test", "a.test", "0"},      {"a.test:443", "a.test", "443"}, {"a.test:443:80", "a.test:443", "80"},
              {"[::1]", "[::1]", "0"},        {"[::1]:8443", "[::1]", "8443"}, {"a.test:", "a.test", "0"},
              {":443", "", "443"},            {"", "", "0"},                   {"a.test:x", "a.test", "0"}};
  for (const auto& row : rows) {
    EXPECT_EQ(evaluated("req.hdr(host),host_only", std::string(row.host)), row.name) << row.host;
    EXPECT_EQ(evaluated("req.hdr(host),port_only", std::string(row.host)), row.port) << row.host;
  }
}

TEST(HaproxyConverters, CountFieldsFromBothEnds) {
  EXPECT_EQ(evaluated("req.hdr(host),field(1,.)", "www.a.test"), "www");
  EXPECT_EQ(evaluated("req.hdr(host),field(2,.,2)", "www.a.test"), "a.test");
  EXPECT_EQ(evaluated("req.hdr(host),field(2,.,0)", "www.a.b.test"), "a.b.test");
  EXPECT_EQ(evaluated("req.hdr(host),field(-1,.)", "www.a.test"), "test");
  EXPECT_EQ(evaluated("req.hdr(host),field(-2,.,2)", "www.a.test"), "www.a");
  EXPECT_EQ(evaluated("req.hdr(host),field(2,.)", "a..test"), "");
  EXPECT_EQ(evaluated("req.hdr(host),field(4,.)", "www.a.test"), "-");
  EXPECT_EQ(evaluated("req.hdr(host),field(1,.)", ""), "");
}

TEST(HaproxyConverters, CountWordsWithoutEmptyOnes) {
  EXPECT_EQ(evaluated("req.hdr(host),word(2,.)", "a..test"), "test");
  EXPECT_EQ(evaluated("req.hdr(host),word(1,.,2)", "a..b.test"), "a..b");
  EXPECT_EQ(evaluated("req.hdr(host),word(-1,.)", "www.a.test."), "test");
  EXPECT_EQ(evaluated("req.hdr(host),word(-2,.,2)", "www.a.test"), "www.a");
  // No third word ends the second: what follows it stays.
  EXPECT_EQ(evaluated("req.hdr(host),word(2,.,2)", "b.test.."), "test..");
  EXPECT_EQ(evaluated("req.hdr(host),word(2,.)", "b.test.."), "test");
}

}  // namespace
}  // namespace astray::haproxy
