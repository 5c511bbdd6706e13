#include "verdict/hop_fingerprint.h"

#include <gtest/gtest.h>

#include <set>

namespace astray::hop_fingerprint_test {
namespace {

constexpr std::string_view nginx_body =
    "<html>\r\n<head><title>421 Misdirected Request</title></head>\r\n<body>\r\n<center><h1>421 Misdirected "
    "Request</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n";
constexpr std::string_view openresty_body =
    "<html>\r\n<head><title>421 Misdirected Request</title></head>\r\n<body>\r\n<center><h1>421 Misdirected "
    "Request</h1></center>\r\n<hr><center>openresty</center>\r\n</body>\r\n</html>\r\n";
constexpr std::string_view nginx_renamed =
    "<html>\r\n<head><title>421 Misdirected Request</title></head>\r\n<body>\r\n<center><h1>421 Misdirected "
    "Request</h1></center>\r\n<hr><center>gateway</center>\r\n</body>\r\n</html>\r\n";
constexpr std::string_view httpd_body =
    "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>421 Misdirected "
    "Request</title>\n</head><body>\n<h1>Misdirected Request</h1>\n<p>The client needs a new connection for "
    "this\nrequest as the requested host name does not match\nthe Server Name Indication (SNI) in use for "
    "this\nconnection.</p>\n<hr>\n<address>Apache/2.4.62 (Debian) Server at b.example Port "
    "443</address>\n</body></html>\n";
constexpr std::string_view haproxy_body =
    "<html><body><h1>421 Misdirected Request</h1>\nRequest sent to a non-authoritative "
    "server.\n</body></html>\n";
constexpr std::string_view varnish_body =
    "<!DOCTYPE html>\n<html>\n  <head>\n    <title>421 Misdirected Request</title>\n  </head>\n  <body>\n    "
    "<h1>Error 421 Misdirected Request</h1>\n    <p>Misdirected Request</p>\n    <h3>Guru Meditation:</h3>\n "
    "   "
    "<p>XID: 32770</p>\n    <hr>\n    <p>Varnish cache server</p>\n  </body>\n</html>\n";
constexpr std::string_view badssl_body =
    "If you have received this response, you are using a connection with the badssl.com fallback "
    "certificate, "
    "but with a Host header that does not match.";
constexpr std::string_view azure_body =
    "<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Transitional//EN'><html><head><title>Service "
    "unavailable</title></head><body><h2>Our services aren't available right now</h2><p>We're working to "
    "restore "
    "all services as soon as possible.";

struct Case {
  std::string_view what;
  HopSoftware expected;
  std::string_view body;
  std::string_view server = {};
  std::string_view content_type = {};
  bool nosniff = false;
};

AnswerSigns answer(const Case& given, int status = 421) {
  return {.status = status,
          .body = given.body,
          .body_bytes = given.body.size(),
          .server = given.server,
          .content_type = given.content_type,
          .nosniff = given.nosniff};
}

const Case cases[] = {
    {"nginx", HopSoftware::nginx, nginx_body, "nginx/1.22.1", "text/html"},
    {"nginx behind a proxy that hides it", HopSoftware::nginx, nginx_body},
    {"openresty", HopSoftware::nginx, openresty_body, "openresty", "text/html"},
    {"nginx with another name in its page", HopSoftware::nginx, nginx_renamed, "nginx", "text/html"},
    {"that page alone, from anyone", HopSoftware::unknown, nginx_renamed, "gateway", "text/html"},
    {"httpd", HopSoftware::httpd, httpd_body, "Apache/2.4.62 (Debian)", "text/html; charset=iso-8859-1"},
    {"httpd behind nginx", HopSoftware::httpd, httpd_body, "nginx", "text/html; charset=iso-8859-1"},
    {"httpd with a page of its site", HopSoftware::unknown, "<p>wrong door</p>", "Apache", "text/html"},
    {"haproxy", HopSoftware::haproxy, haproxy_body, {}, "text/html"},
    {"traefik", HopSoftware::traefik, "Misdirected Request", {}, "text/plain; charset=utf-8", true},
    {"traefik's words without nosniff", HopSoftware::unknown, "Misdirected Request", {}, "text/plain; charset=utf-8"},
    {"contour", HopSoftware::contour, "misdirected request to \"b.example\"", "envoy"},
    {"caddy", HopSoftware::caddy, "", "Caddy"},
    {"caddy with a page", HopSoftware::unknown, "go away", "Caddy"},
    {"h2o", HopSoftware::h2o, "refused", "h2o/2.3.0-DEV"},
    {"varnish", HopSoftware::varnish, varnish_body, "Varnish", "text/html; charset=utf-8"},
    {"varnish with an empty page", HopSoftware::varnish, "", "Varnish"},
    {"astray", HopSoftware::astray, "", "astray"},
    {"badssl", HopSoftware::badssl, badssl_body, "nginx/1.10.3 (Ubuntu)", "text/plain"},
    {"azure front door", HopSoftware::azure_front_door, azure_body, {}, "text/html"},
    {"nobody known", HopSoftware::unknown, "421", "server", "text/plain"},
    {"nothing at all", HopSoftware::unknown, ""},
};

TEST(HopFingerprint, TellsWhoWroteA421) {
  for (const Case& given : cases) EXPECT_EQ(hop_of(answer(given)), given.expected) << given.what;
}

TEST(HopFingerprint, IsOf421Alone) {
  for (const Case& given : cases) EXPECT_EQ(hop_of(answer(given, 404)), HopSoftware::none) << given.what;
}

TEST(HopFingerprint, EverySignIsMetByACase) {
  // A sign that no case needs could be wrong for long: each must be the first that fits some case.
  std::set<HopSoftware> met;
  for (const Case& given : cases) met.insert(hop_of(answer(given)));
  for (const HopSign& sign : hop_signs()) EXPECT_TRUE(met.contains(sign.hop)) << to_string(sign.hop);
}

TEST(HopFingerprint, EveryHopHasANameForPeople) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(HopSoftware::unknown); ++i)
    EXPECT_TRUE(names.insert(name_of(static_cast<HopSoftware>(i))).second) << i;
}

}  // namespace
}  // namespace astray::hop_fingerprint_test
