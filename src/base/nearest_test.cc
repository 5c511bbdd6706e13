#include "base/nearest.h"

#include <gtest/gtest.h>

namespace astray {
namespace {

TEST(Nearest, ProposesWhatIsMeant) {
  const std::string_view candidates[] = {"certificate-gap", "port-differs", "proxied",
                                         "AST001",          "AST002",       "unowned"};
  const auto best = [&](std::string_view word) {
    const std::vector<std::string_view> found = nearest(word, candidates);
    return found.empty() ? std::string_view() : found.front();
  };
  EXPECT_EQ(best("certificate_gap"), "certificate-gap");
  EXPECT_EQ(best("certificate"), "certificate-gap");
  EXPECT_EQ(best("prot-differs"), "port-differs");
  EXPECT_EQ(best("ast002"), "AST002");
  EXPECT_EQ(best("unwoned"), "unowned");
  EXPECT_EQ(best("proxid"), "proxied");
  EXPECT_EQ(best("entirely different"), "");
  EXPECT_EQ(best(""), "");
  EXPECT_EQ(best(std::string(100'000, 'x')), "");
  EXPECT_EQ(did_you_mean("AST00", candidates), ". Did you mean AST001 or AST002?");
  EXPECT_EQ(did_you_mean("nothing like it", candidates), "");
}

TEST(Nearest, PunctuationIsNoDifference) {
  const std::string_view protocols[] = {"http/1.1", "h2c", "h2", "https"};
  EXPECT_EQ(did_you_mean("http1", protocols), ". Did you mean http/1.1?");
  EXPECT_EQ(did_you_mean("HTTP1.1", protocols), ". Did you mean http/1.1?");
  EXPECT_EQ(did_you_mean("http", protocols), ". Did you mean http/1.1 or https?");
  EXPECT_EQ(did_you_mean("htps", protocols), ". Did you mean https?");
  EXPECT_EQ(did_you_mean("--", protocols), "");
}

}  // namespace
}  // namespace astray
