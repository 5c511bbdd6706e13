#include "tls/engine/words.h"

#include <gtest/gtest.h>

#include <set>

#include "tls/engine/alpn_list.h"

namespace astray::tls::words_test {
namespace {

TEST(Words, NameAlertsAsTheRfcDoes) {
  // RFC 8446 §6, and RFC 5246 §7.2 for the last two.
  const std::pair<int, const char*> cases[] = {{0, "close_notify"},
                                               {10, "unexpected_message"},
                                               {40, "handshake_failure"},
                                               {42, "bad_certificate"},
                                               {48, "unknown_ca"},
                                               {70, "protocol_version"},
                                               {80, "internal_error"},
                                               {109, "missing_extension"},
                                               {112, "unrecognized_name"},
                                               {116, "certificate_required"},
                                               {120, "no_application_protocol"},
                                               {21, "decryption_failed"},
                                               {100, "no_renegotiation"},
                                               {99, "unknown"},
                                               {255, "unknown"}};
  for (const auto& [number, name] : cases) EXPECT_EQ(alert_name(static_cast<uint8_t>(number)), name);
}

TEST(Words, VersionsGoThereAndBack) {
  for (Version version : {Version::tls1_0, Version::tls1_1, Version::tls1_2, Version::tls1_3}) {
    EXPECT_EQ(version_of(wire_number_of(version)), version);
  }
  EXPECT_EQ(wire_number_of(Version::tls1_3), 0x0304);
  EXPECT_EQ(version_of(0x0300), std::nullopt);
  EXPECT_EQ(version_of(0x0305), std::nullopt);
}

TEST(Words, EachFailureHasItsOwnName) {
  std::set<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(FailureKind::local); ++kind) {
    names.insert(to_string(static_cast<FailureKind>(kind)));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(FailureKind::local) + 1);
}

TEST(Alpn, IsEncodedAsTheRfcSays) {
  EXPECT_EQ(AlpnList::of({"h2", "http/1.1"}).value().wire(), "\x02h2\x08http/1.1");
  EXPECT_TRUE(AlpnList::of({}).value().empty());
  EXPECT_TRUE(AlpnList::of({std::string(255, 'x')}));
  EXPECT_EQ(AlpnList::of({""}).error().message,
            "an ALPN protocol name of 0 bytes: it must have 1 to 255 (RFC 7301 §3.1)");
  EXPECT_FALSE(AlpnList::of({std::string(256, 'x')}));
  EXPECT_FALSE(AlpnList::of(std::vector<std::string>(300, std::string(255, 'x'))));
}

}  // namespace
}  // namespace astray::tls::words_test
