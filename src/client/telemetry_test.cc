#include "client/telemetry.h"

#include <gtest/gtest.h>

#include <set>

namespace astray::client {
namespace {

PoolEvent coalesced() {
  return {.kind = PoolEventKind::coalesced,
          .time = std::chrono::milliseconds(12),
          .request = 2,
          .connection = 1,
          .authority = "https://b.example",
          .server_name = "a.example",
          .address = "192.0.2.1:443",
          .protocol = "h2",
          .reason = Reason::coalesced};
}

TEST(PoolEvent, IsALineForPeople) {
  EXPECT_EQ(to_text(coalesced()),
            "   0.012 #2 coalesced https://b.example on connection 1 (SNI a.example, 192.0.2.1:443, h2): "
            "coalesced");
  EXPECT_EQ(to_text({.kind = PoolEventKind::not_coalesced,
                     .connection = 3,
                     .address = "[2001:db8::1]:443",
                     .reason = Reason::certificate_gap,
                     .rung = "certificate-covers",
                     .detail = "why"}),
            "   0.000 not-coalesced on connection 3 (no SNI, [2001:db8::1]:443): certificate-gap (rung "
            "certificate-covers): why");
}

TEST(PoolEvent, IsAnObjectForMachines) {
  EXPECT_EQ(to_json(coalesced()),
            R"({"time":0.012000,"event":"coalesced","request":2,"astray.http.authority":"https://b.example",)"
            R"("astray.connection.id":1,"astray.tls.sni":"a.example","peer":"192.0.2.1:443","protocol":"h2",)"
            R"("astray.reason":"coalesced"})");
}

TEST(PoolEvent, WhatAPeerWroteCannotBreakTheObject) {
  EXPECT_EQ(to_json({.kind = PoolEventKind::evicted, .detail = "a\"b\\c\n\x01\xff"}),
            R"({"time":0.000000,"event":"evicted","detail":"a\"b\\c\n\u0001)"
            "\xEF\xBF\xBD\"}");
}

TEST(PoolEvent, EveryKindHasAWordOfItsOwn) {
  std::set<std::string_view> words;
  for (int i = 0; i < pool_event_kind_count; ++i) words.insert(to_string(static_cast<PoolEventKind>(i)));
  EXPECT_EQ(words.size(), static_cast<size_t>(pool_event_kind_count));
  EXPECT_FALSE(words.contains(""));
}

}  // namespace
}  // namespace astray::client
