#include "audit/stated_edge.h"

#include <gtest/gtest.h>

namespace astray {
namespace {

std::string shown(std::string_view text) {
  const Result<StatedEdge> edge = StatedEdge::parse(text);
  if (!edge) return "error";
  const auto port = [](const std::optional<Port>& each) {
    return each ? ":" + std::to_string(each->number()) : std::string();
  };
  return edge->host + port(edge->port) + " to " +
         (edge->address ? "address " + edge->address->text() : "file " + edge->configuration) + port(edge->to_port);
}

TEST(StatedEdge, IsReadFromOneWord) {
  const struct {
    std::string_view text, expected;
  } cases[] = {
      {"app=192.0.2.7", "app to address 192.0.2.7"},
      {"App.Internal:8443=192.0.2.7:443", "app.internal:8443 to address 192.0.2.7:443"},
      {"app=[2001:db8::1]:8443", "app to address 2001:db8::1:8443"},
      {"app=2001:db8::1", "app to address 2001:db8::1"},
      {"192.0.2.1:443=back/httpd.conf", "192.0.2.1:443 to file back/httpd.conf"},
      {"[2001:db8::2]:443=back", "2001:db8::2:443 to file back"},
      {"2001:db8::2=back", "2001:db8::2 to file back"},
      {"app=back/httpd.conf:8443", "app to file back/httpd.conf:8443"},
      {"app=odd:name.conf", "app to file odd:name.conf"},
      {"unix:/run/app.sock=back", "unix:/run/app.sock to file back"},
      {"app:70000=back", "app:70000 to file back"},
      {"app", "error"},
      {"=back", "error"},
      {"app=", "error"},
      {"", "error"},
  };
  for (const auto& each : cases) EXPECT_EQ(shown(each.text), each.expected) << each.text;
}

}  // namespace
}  // namespace astray
