#include "explain/line_reader.h"

#include <gtest/gtest.h>

namespace astray::explain {
namespace {

/// A line as a block hands it out: with room behind it.
struct Told {
  LineReader::Read read;
  Sighting sighting;
  std::string line;
  TextArena arena;
};
std::unique_ptr<Told> told(std::string_view line, const LineFormats* given = nullptr) {
  auto told = std::make_unique<Told>();
  told->line = std::string(line) + std::string(JsonReader::padding, '\0');
  LineReader reader(given);
  told->read = reader.read(std::string_view(told->line).substr(0, line.size()), told->arena, told->sighting);
  return told;
}

struct Case {
  std::string_view what;  ///< and where the line is from
  std::string_view line;
  LogServer server;
  std::string_view sni, authority, client;
  int status;
  std::optional<Protocol> protocol;
};

const Case cases[] = {
    {"combined, httpd's manual (logs.html)",
     R"~(127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)")~",
     LogServer::unknown, "", "", "127.0.0.1", 200, Protocol::h1},
    {"common, httpd's manual",
     R"~(127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326)~", LogServer::unknown, "", "",
     "127.0.0.1", 200, Protocol::h1},
    {"HAProxy httplog, its configuration manual 8.2.3",
     R"~(Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1")~",
     LogServer::haproxy, "", "", "10.0.1.2", 200, Protocol::h1},
    {"HAProxy httpslog, its configuration manual 8.2.4",
     R"~(Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] https-in~ static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1" 0/0/0/0/0 1wt.eu/TLSv1.3/TLS_AES_256_GCM_SHA384)~",
     LogServer::haproxy, "1wt.eu", "", "10.0.1.2", 200, Protocol::h1},
    {"Envoy's default, its manual (access_log/usage)",
     R"~([2016-04-15T20:17:00.310Z] "POST /api/v1/locations HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "nsq2http" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" "tcp://10.0.2.1:80")~",
     LogServer::envoy, "", "locations", "", 204, Protocol::h2},
    {"Istio, its manual (tasks/observability/logs/access-log)",
     R"~([2020-11-25T21:26:18.409Z] "GET /status/418 HTTP/1.1" 418 - via_upstream - "-" 0 135 4 4 "-" "curl/7.73.0-DEV" "84961386-6d84-929d-98bd-c5aee93b5c88" "httpbin:8000" "127.0.0.1:80" inbound|8000|| 127.0.0.1:41854 10.44.1.27:80 10.44.1.23:37652 outbound_.8000_._.httpbin.foo.svc.cluster.local default)~",
     LogServer::envoy, "outbound_.8000_._.httpbin.foo.svc.cluster.local", "httpbin:8000", "10.44.1.23", 418, Protocol::h1},
    {"AWS ALB, its guide (access log entries, HTTPS)",
     R"~(https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" "arn:aws:acm:us-east-2:123456789012:certificate/12345678-1234-1234-1234-123456789012" 1 2018-07-02T22:22:48.364000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_123456)~",
     LogServer::alb, "www.example.com", "www.example.com:443", "192.168.131.39", 200, Protocol::h1},
    {"Caddy, its manual (logging)",
     R"~({"level":"info","ts":1646861401.5241024,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"127.0.0.1","remote_port":"41342","client_ip":"127.0.0.1","proto":"HTTP/2.0","method":"GET","host":"localhost","uri":"/","headers":{"User-Agent":["curl/7.82.0"],"Accept":["*/*"],"Accept-Encoding":["gzip, deflate, br"]},"tls":{"resumed":false,"version":772,"cipher_suite":4865,"proto":"h2","server_name":"example.com"}},"bytes_read": 0,"user_id":"","duration":0.000929675,"size":10900,"status":200,"resp_headers":{"Server":["Caddy"]}})~",
     LogServer::caddy, "example.com", "localhost", "127.0.0.1", 200, Protocol::h2},
    {"Traefik JSON, field names of its manual",
     R"~({"ClientAddr":"10.0.2.100:60116","DownstreamStatus":421,"OriginStatus":0,"RequestHost":"b.example","RequestMethod":"GET","RequestPath":"/","RequestProtocol":"HTTP/2.0","RouterName":"b@docker","StartUTC":"2026-11-28T10:00:00.5Z","TLSVersion":"1.3"})~",
     LogServer::traefik, "", "b.example", "10.0.2.100", 421, Protocol::h2},
    {"Cloudflare Logpush, field names of its manual",
     R"~({"ClientIP":"192.0.2.7","ClientRequestHost":"b.example","ClientRequestMethod":"GET","ClientRequestProtocol":"HTTP/2","ClientRequestURI":"/x","ClientSrcPort":50123,"EdgeResponseStatus":421,"EdgeStartTimestamp":"2026-11-28T10:00:00Z","OriginResponseStatus":0})~",
     LogServer::cloudflare, "", "b.example", "192.0.2.7", 421, Protocol::h2},
    {"astray's own (docs/gateway-log.md)",
     R"~({"time":"2026-02-28T23:59:58.000012Z","astray.client.address":"[2001:db8::7]:50000","astray.connection.id":7,"astray.connection.request":2,"astray.tls.sni":"a.example","astray.http.protocol":"h2","astray.http.authority":"b.example:443","astray.http.status":421,"astray.reason":"certificate-gap"})~",
     LogServer::astray, "a.example", "b.example:443", "2001:db8::7", 421, Protocol::h2},
    {"nginx's variables as JSON, behind what Kubernetes puts before",
     R"~(2026-11-28T10:00:00.000000000Z stdout F {"time_iso8601":"2026-11-28T10:00:00+01:00","remote_addr":"192.0.2.1","ssl_server_name":"a.example","http_host":"b.example","status":"421","server_protocol":"HTTP/2.0"})~",
     LogServer::nginx, "a.example", "b.example", "192.0.2.1", 421, Protocol::h2},
    {"httpd, AH02032 before 2.4.64 (ssl_engine_kernel.c)",
     "[Sat Nov 28 22:38:50.123456 2026] [ssl:error] [pid 1:tid 2] [client 192.0.2.1:50000] AH02032: Hostname a.example provided "
     "via SNI and hostname b.example provided via HTTP have no compatible SSL setup",
     LogServer::httpd, "a.example", "b.example", "192.0.2.1", 421, std::nullopt},
    {"httpd, AH02032 since 2.4.66 (log of a user, servers.md §1.1)",
     "[Sat Nov 28 22:38:50.123456 2026] [ssl:error] [pid 1:tid 2] [client 192.0.2.1:50000] AH02032: Hostname a.example (default "
     "host as no SNI was provided) and hostname b.example provided via HTTP have no compatible SSL setup for policy 'secure'",
     LogServer::httpd, "", "b.example", "192.0.2.1", 421, std::nullopt},
    {"nginx (ngx_http_request.c), as nginx 1.22.1 wrote it",
     "2026/11/28 22:38:50 [info] 17325#17325: *2 client attempted to request the server name different from the one that was "
     "negotiated while processing HTTP/2 connection, client: 127.0.0.1, server: open.test, host: \"priv.test\"",
     LogServer::nginx, "", "priv.test", "127.0.0.1", 421, std::nullopt},
    {"Traefik's debug log (snicheck.go), logrus",
     R"~(time="2026-11-28T22:38:50Z" level=debug msg="TLS options difference: SNI:default, Header:mtls@file" req.Host=b.example req.TLS.ServerName=a.example routerName=b@file)~",
     LogServer::traefik, "a.example", "b.example", "", 421, std::nullopt},
    {"Traffic Server's host_sni_policy (its test tls_sni_host_policy)",
     "[Nov 28 22:38:50.123] [ET_NET 0] WARNING: SNI/hostname mismatch sni=dave host=bob action=terminate", LogServer::trafficserver,
     "dave", "bob", "", 403, std::nullopt},
};

TEST(LineReader, ReadsWhatServersWrite) {
  for (const Case& given : cases) {
    const auto line = told(given.line);
    const Sighting& sighting = line->sighting;
    EXPECT_EQ(line->read.outcome, LineReader::Outcome::request) << given.what;
    EXPECT_EQ(sighting.server, given.server) << given.what;
    EXPECT_EQ(sighting.sni.text, given.sni) << given.what;
    EXPECT_EQ(sighting.authority.text, given.authority) << given.what;
    EXPECT_EQ(sighting.client.text, given.client) << given.what;
    EXPECT_EQ(sighting.status, given.status) << given.what;
    EXPECT_EQ(sighting.protocol, given.protocol) << given.what;
  }
}

TEST(LineReader, TellsNoSniFromNoField) {
  EXPECT_TRUE(told(R"~({"ssl_server_name":"","http_host":"b.example","status":421})~")->sighting.sni.absent());
  EXPECT_EQ(told(R"~({"http_host":"b.example","status":421})~")->sighting.sni.state, Fact::State::not_logged);
}

TEST(LineReader, UnderstandsWhatTellsOfNoRequest) {
  for (const std::string_view line :
       {"2026/11/28 22:38:50 [notice] 1#1: start worker processes", "[Sat Nov 28 22:38:50.123456 2026] [core:notice] [pid 1] AH00094: Command line",
        R"~({"level":"info","ts":1646861401.5,"msg":"serving initial configuration"})~",
        "[NOTICE]   (17325) : haproxy version is 2.6.12-1+deb12u4",
        "SNI/hostname mismatch sni=a host=b action=continue? no"})
    EXPECT_NE(told(line)->read.outcome, LineReader::Outcome::request) << line;
}

TEST(LineReader, SaysWhatItCannotRead) {
  for (const std::string_view line : {"hello", "{", R"({"a":1}{"b":2})", R"({"status":421)", "\xff\xfe"})
    EXPECT_EQ(told(line)->read.outcome, LineReader::Outcome::unreadable) << line;
}

TEST(LineReader, KeepsAFormatAndSaysWhenItChanges) {
  LineReader reader(nullptr);
  const auto read = [&](std::string line) {
    TextArena arena;
    Sighting sighting;
    const size_t size = line.size();
    line.append(JsonReader::padding, '\0');
    return reader.read(std::string_view(line).substr(0, size), arena, sighting);
  };
  const std::string text = R"~(127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326)~";
  EXPECT_FALSE(read(text).other_format);
  EXPECT_FALSE(read(text).other_format);
  EXPECT_TRUE(read(R"~({"status":200,"method":"GET"})~").other_format);
  EXPECT_TRUE(read(text).other_format);
}

TEST(LineReader, ReplacesBytesThatAreNoText) {
  const auto line = told("{\"path\":\"/\xff\",\"host\":\"b.example\",\"status\":421}");
  EXPECT_EQ(line->read.outcome, LineReader::Outcome::request);
  EXPECT_TRUE(line->read.bad_utf8);
  EXPECT_EQ(line->sighting.authority.text, "b.example");
}

struct FormatCase {
  std::string_view format;
  std::string_view line;
  std::string_view sni, authority, connection;
};
const FormatCase format_cases[] = {
    {"$msec $connection/$connection_requests sni=$ssl_server_name host=$host srv=$server_name $status $server_protocol",
     "1756000000.123 41/7 sni=a.example host=b.example srv=b.example 421 HTTP/2.0", "a.example", "b.example", "41"},
    {"%t %{c}L \"%{SSL_TLS_SNI}x\" \"%{Host}i\" %>s", "[10/Oct/2000:13:55:36 -0700] XyZ \"a.example\" \"b.example\" 421", "a.example",
     "b.example", "XyZ"},
    {"%ci:%cp [%tr] %{+Q}[ssl_fc_sni] %[req.hdr(host)] %ST", "2001:db8::1:5000 [06/Feb/2009:12:14:14.655] \"a.example\" b.example 421",
     "a.example", "b.example", ""},
    {"[%START_TIME%] %CONNECTION_ID% %REQUESTED_SERVER_NAME% %REQ(:AUTHORITY):64% %RESPONSE_CODE%",
     "[2016-04-15T20:17:00.310Z] 9 a.example b.example 421", "a.example", "b.example", "9"},
    {"%<cqtq> %<ccid> %<cssn> %<{Host}cqh> %<pssc>", "1756000000.123 9 a.example b.example 421", "a.example", "b.example", "9"},
    {R"~({"c":"$connection","names":{"tls":"$ssl_server_name","http":"$http_host"},"s":$status})~",
     R"~({"c":"41","names":{"tls":"a.example","http":"b.example"},"s":421})~", "a.example", "b.example", "41"},
};

TEST(LineReader, ReadsFormatsInTheServersOwnSyntax) {
  for (const FormatCase& given : format_cases) {
    LineFormats formats;
    const std::optional<Error> error = formats.add(given.format, "test");
    ASSERT_FALSE(error) << given.format << ": " << error->message;
    const auto line = told(given.line, &formats);
    EXPECT_EQ(line->read.outcome, LineReader::Outcome::request) << given.format;
    EXPECT_EQ(line->sighting.sni.text, given.sni) << given.format;
    EXPECT_EQ(line->sighting.authority.text, given.authority) << given.format;
    EXPECT_EQ(line->sighting.connection.text, given.connection) << given.format;
    EXPECT_EQ(line->sighting.status, 421) << given.format;
  }
}

TEST(LineFormats, SayWhatIsWrong) {
  for (const std::string_view format : {"no fields", "$status$host", "$", "%{Host", "%[ssl_fc_sni", "%<pssc", R"~({"a":"$status")~"}) {
    LineFormats formats;
    const std::optional<Error> error = formats.add(format, "--log-format");
    ASSERT_TRUE(error.has_value()) << format;
    EXPECT_GT(error->message.size(), 20U) << format;
  }
}

TEST(LineFormats, AreFoundInConfigurations) {
  const LineFormats nginx = formats_in_configuration(
      "http {\n  log_format told '$remote_addr [$time_local] '\n    'sni=$ssl_server_name $status';\n  access_log x told;\n}\n");
  ASSERT_EQ(nginx.text.size(), 1U);
  EXPECT_TRUE(nginx.text[0].has(LogField::sni));
  EXPECT_EQ(nginx.text[0].name(), "log_format told");
  const LineFormats httpd = formats_in_configuration("LogFormat \"%h \\\"%r\\\" %>s %{SSL_TLS_SNI}x\" told\n");
  ASSERT_EQ(httpd.text.size(), 1U);
  EXPECT_TRUE(httpd.text[0].has(LogField::sni));
  const LineFormats haproxy = formats_in_configuration("frontend f\n  log-format \"%ci:%cp %ST %[ssl_fc_sni]\"\n");
  ASSERT_EQ(haproxy.text.size(), 1U);
  EXPECT_EQ(haproxy.text[0].server(), LogServer::haproxy);
}

}  // namespace
}  // namespace astray::explain
