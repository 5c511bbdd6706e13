#include <gtest/gtest.h>

#include "watch/detection/wording.h"

namespace astray::watch {
namespace {

CellKey asked(std::string node, std::string sni, std::string authority) {
  return {.node = std::move(node),
          .sni = std::move(sni),
          .authority = std::move(authority),
          .alpn = AlpnOffer::h1};
}

TEST(ProbeCommand, AsksTheSameAgain) {
  EXPECT_EQ(probe_command(asked("192.0.2.1:443", "a.test", "b.test")),
            "astray probe b.test@192.0.2.1:443 a.test@192.0.2.1:443 --sni a.test --host b.test --alpn h1 "
            "--connection "
            "fresh");
  EXPECT_EQ(probe_command(asked("192.0.2.1:8443", "a.test", "a.test")),
            "astray probe https://a.test:8443 --node 192.0.2.1 --sni a.test --host a.test --alpn h1 "
            "--connection fresh");
}

TEST(ProbeCommand, TakesATargetFromWhatSpellsOne) {
  EXPECT_EQ(probe_command(asked("192.0.2.1:8443", "a.test", "a.test:8443")),
            "astray probe https://a.test:8443 --node 192.0.2.1 --sni a.test --host a.test:8443 --alpn h1 "
            "--connection "
            "fresh");
  EXPECT_EQ(probe_command(asked("192.0.2.1:443", "a.test", "192.0.2.1")),
            "astray probe a.test@192.0.2.1:443 --sni a.test --host 192.0.2.1 --alpn h1 --connection fresh");
  EXPECT_EQ(probe_command(asked("192.0.2.1:443", "", "")), "") << "nothing that could be a target";
}

}  // namespace
}  // namespace astray::watch
