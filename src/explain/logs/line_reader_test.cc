#include "explain/logs/line_reader.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace astray::explain::line_reader_test {
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

/// What stands before a line is no client, although httpd's formats have room for it in the user's name.
TEST(LineReader, TakesNoEnvelopeForAClient) {
  const std::string combined = R"~(192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/2.0" 421 0 "-" "curl/7.88.1")~";
  for (const std::string before :
       {"", "<190>Nov 28 22:38:50 host nginx: ", "<190>Nov 28 22:38:50 nginx: ", "Nov 28 22:38:50 host nginx[17]: ",
        "2026-11-28T22:38:50.123456+00:00 host nginx: ", "<134>1 2026-11-28T22:38:50Z host nginx 12 - - ",
        "2026-11-28T10:00:00.000000000Z stdout F ", "web-1  | "}) {
    const auto line = told(before + combined);
    EXPECT_EQ(line->read.outcome, LineReader::Outcome::request) << before;
    EXPECT_EQ(line->sighting.client.text, "192.0.2.1") << before;
    EXPECT_EQ(line->sighting.agent.text, "curl/7.88.1") << before;
    EXPECT_EQ(line->sighting.status, 421) << before;
  }
  // Docker's json-file has the line as a text of JSON.
  const auto docker = told(R"~({"log":"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/2.0\" 421 0 \"-\" \"curl/7.88.1\"\n","stream":"stdout","time":"2026-11-28T10:00:00.1Z"})~");
  EXPECT_EQ(docker->read.outcome, LineReader::Outcome::request);
  EXPECT_EQ(docker->sighting.client.text, "192.0.2.1");
  EXPECT_EQ(docker->sighting.status, 421);
  const auto json = told(R"~({"log":"{\"ssl_server_name\":\"a.example\",\"http_host\":\"b.example\",\"status\":421}\n","stream":"stdout"})~");
  EXPECT_EQ(json->sighting.sni.text, "a.example");
  EXPECT_EQ(json->sighting.status, 421);
}

TEST(LineReader, ReadsUsersWithBlanksInTheirNames) {
  const auto line = told(R"~(192.0.2.1 - john smith [10/Oct/2000:13:55:36 -0700] "GET / HTTP/2.0" 421 0 "-" "x")~");
  EXPECT_EQ(line->read.outcome, LineReader::Outcome::request);
  EXPECT_EQ(line->sighting.client.text, "192.0.2.1");
}

/// `cat *.log`: a line is read as what it is, whatever the lines before were.
TEST(LineReader, TakesNoFormatForAnother) {
  const std::string rest = R"~(192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/2.0" 421 0)~";
  const std::string agent = R"~( "-" "x")~";
  const std::string lines[] = {rest, rest + agent, "b.example:443 " + rest + agent};
  for (const std::string& first : lines) {
    LineReader reader(nullptr);
    for (std::string line : {first, lines[0], lines[1], lines[2], lines[0]}) {
      TextArena arena;
      Sighting sighting;
      const size_t size = line.size();
      line.append(JsonReader::padding, '\0');
      EXPECT_EQ(reader.read(std::string_view(line).substr(0, size), arena, sighting).outcome, LineReader::Outcome::request);
      EXPECT_EQ(sighting.client.text, "192.0.2.1") << line;
      EXPECT_EQ(sighting.agent.known(), line.find("\"x\"") != std::string::npos) << line;
      EXPECT_EQ(sighting.virtual_host.known(), line.starts_with("b.example")) << line;
    }
  }
}

/// The empty name of Caddy 2.6 over HTTP/3 (its issue 5078) is none that was sent; over HTTP/2 it is.
TEST(LineReader, BelievesNoMissingSniOfCaddyOverHttp3) {
  const std::string line = R"~({"logger":"http.log.access","request":{"remote_ip":"192.0.2.1","proto":"HTTP/@.0","host":"b.example","tls":{"server_name":""}},"status":421})~";
  const auto over = [&](char version) {
    std::string text = line;
    text[text.find('@')] = version;
    return told(text)->sighting.sni.state;
  };
  EXPECT_EQ(over('2'), Fact::State::none);
  EXPECT_EQ(over('3'), Fact::State::not_logged);
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
        "[Nov 29 11:09:49.472] [TS_MAIN] NOTE: traffic server running",
        "[Nov 29 11:09:49.471] traffic_server NOTE: remap.config finished loading",
        "SNI/hostname mismatch sni=a host=b action=continue? no"})
    EXPECT_NE(told(line)->read.outcome, LineReader::Outcome::request) << line;
}

/// HAProxy's manual, 8.2.1 and 8.2.2: in mode tcp, as in front of a passthrough, there are connections and no requests.
TEST(LineReader, SetsConnectionsOfHaproxyAside) {
  for (const std::string_view line :
       {"Feb  6 12:12:09 localhost haproxy[14385]: Connect from 10.0.1.2:33312 to 10.0.3.31:8012 (www/HTTP)",
        "Feb  6 12:12:56 localhost haproxy[14387]: 10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0",
        "10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/<NOSRV> -1/-1/+5007 212 SC 0/0/0/0/3 0/0"}) {
    const auto told_of = told(line);
    EXPECT_EQ(told_of->read.outcome, LineReader::Outcome::aside) << line;
    EXPECT_EQ(told_of->sighting.server, LogServer::haproxy) << line;
  }
  // Of a session that came to no request; and one that did, whose frontend ends as if a message followed (found by fuzzing).
  EXPECT_EQ(told("10.0.1.2:33317 [28/Nov/2026:10:00:00.655] https/1: SSL handshake failure")->read.outcome, LineReader::Outcome::aside);
  EXPECT_EQ(told(R"~(10.0.1.2:33317 [28/Nov/2026:10:00:00.655] https~: app/s1 10/0/30/69/109 421 2750 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/2.0")~")
                ->read.outcome,
            LineReader::Outcome::request);
}

TEST(LineReader, KnowsWhoseDiagnosticsTheyAre) {
  const auto line = told("[Nov 29 11:09:49.472] [TS_MAIN] NOTE: traffic server running");
  EXPECT_EQ(line->read.outcome, LineReader::Outcome::aside);
  EXPECT_EQ(line->sighting.server, LogServer::trafficserver);
  EXPECT_EQ(told("[Nov 29 11:09:49.472] what this is nobody knows")->read.outcome, LineReader::Outcome::unreadable);
}

/// As Traffic Server 9.2.9 writes a request that came over HTTP/2, and that it refused: remapped, and in HTTP/1.1.
TEST(LineReader, TakesNoRewrittenRequestForTheClients) {
  LineFormats formats;
  ASSERT_FALSE(formats.add("%<cqtq> %<chi> %<chp> %<cqpv> %<cqhv> \"%<cqtx>\" %<pssc> %<sssc> %<cssn> %<ccid>", "test"));
  const auto line =
      told("1795950611.529 127.0.0.1 57104 http/2 HTTP/1.1 \"GET http://127.0.0.1:45545/ HTTP/1.1\" 403 000 open.test 0", &formats);
  EXPECT_EQ(line->read.outcome, LineReader::Outcome::request);
  EXPECT_EQ(line->sighting.protocol, Protocol::h2);
  EXPECT_EQ(line->sighting.method.text, "GET");
  EXPECT_FALSE(line->sighting.authority.known());
  EXPECT_EQ(line->sighting.scheme, std::nullopt);
  EXPECT_EQ(line->sighting.back_status, 0);
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
    // The lines that are advised, with an IPv6 address before its port.
    {"%t %{c}a:%{remote}p %{c}L sni=%{SSL_TLS_SNI}x host=%{Host}i %>s", "[10/Oct/2000:13:55:36 -0700] 2001:db8::1:5000 9 sni=a.example host=b.example 421",
     "a.example", "b.example", "9"},
    {"%<cqtq> %<ccid> %<cssn> %<{Host}cqh> %<pssc>", "1756000000.123 9 a.example b.example 421", "a.example", "b.example", "9"},
    {R"~({"c":"$connection","names":{"tls":"$ssl_server_name","http":"$http_host"},"s":$status})~",
     R"~({"c":"41","names":{"tls":"a.example","http":"b.example"},"s":421})~", "a.example", "b.example", "41"},
    // astray's, with a quote and a blank as it writes them (docs/gateway-log.md).
    {"{time} {client.address} {connection.id}/{connection.request} {tls.sni} \"{http.authority}\" {http.status}",
     "2026-02-28T23:59:58.000012Z [2001:db8::7]:50000 41/2 a.example \"b.\\x22example\" 421", "a.example", "b.\\x22example", "41"},
    {"{astray.connection.id} {astray.tls.sni} \"{http.method}: {http.authority}\" {astray.http.status}",
     "41 a.example \"GET: b.example\" 421", "a.example", "b.example", "41"},
    {"{{{connection.id}}} {tls.sni} {http.authority} {http.status}", "{41} a.example b.example 421", "a.example", "b.example", "41"},
    // Lines that are JSON, in members of the user's own.
    {R"~({{"sni":{{"a":"{tls.sni}"}},"host":"{http.authority}","c":{connection.id},"s":{http.status}}})~",
     R"~({"sni":{"a":"a.example"},"host":"b.example","c":41,"s":421})~", "a.example", "b.example", "41"},
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

TEST(LineReader, TellsWhatTheGatewayLeavesOut) {
  LineFormats formats;
  ASSERT_FALSE(formats.add("{tls.sni} {http.authority} {connection.reused} {back.name} {back.address} {http.status}", "test"));
  const auto first = told("- b.example false - 192.0.2.1:80 421", &formats);
  EXPECT_EQ(first->sighting.server, LogServer::astray);
  EXPECT_TRUE(first->sighting.sni.absent());
  EXPECT_EQ(first->sighting.request_number, 1U);
  EXPECT_EQ(first->sighting.back.text, "192.0.2.1:80");
  const auto later = told("a.example b.example true app 192.0.2.1:80 421", &formats);
  EXPECT_GT(later->sighting.request_number, 1U);
  EXPECT_EQ(later->sighting.back.text, "app");
}

TEST(LineReader, StillReadsJsonWhereAFormatBeginsWithABrace) {
  LineFormats formats;
  ASSERT_FALSE(formats.add("{{{http.status}}} {http.authority}", "test"));
  EXPECT_EQ(told("{421} b.example", &formats)->sighting.authority.text, "b.example");
  EXPECT_EQ(told(R"~({"host":"c.example","status":421})~", &formats)->sighting.authority.text, "c.example");
}

TEST(LineReader, TellsAnAddressFromItsPort) {
  for (const std::string_view format : {"%{c}a:%{remote}p %>s", "$remote_addr:$remote_port $status", "%ci:%cp %ST", "%<chi>:%<chp> %<pssc>"}) {
    for (const auto& [line, address] : {std::pair("192.0.2.1:5000 421", "192.0.2.1"), std::pair("2001:db8::1:5000 421", "2001:db8::1")}) {
      LineFormats formats;
      ASSERT_FALSE(formats.add(format, "test")) << format;
      const auto read = told(line, &formats);
      EXPECT_EQ(read->sighting.client.text, address) << format;
      EXPECT_EQ(read->sighting.client_port.text, "5000") << format;
    }
  }
}

TEST(LineFormats, MayBeGivenWithWhoseTheyAre) {
  const struct {
    std::string_view text;
    LogServer server;
  } stated[] = {
      {"astray:{http.status} {tls.sni}", LogServer::astray},
      {"httpd:%s %h", LogServer::httpd},
      {"haproxy:%s %b", LogServer::haproxy},  // without a word it would be httpd's
      {"nginx: $status", LogServer::nginx},   // a word of the line
      {"{http.status} {tls.sni}", LogServer::astray},
      {"$status {time}", LogServer::nginx},
  };
  for (const auto& given : stated) {
    LineFormats formats;
    const std::optional<Error> error = formats.add_given(given.text);
    ASSERT_FALSE(error) << given.text << ": " << error->message;
    ASSERT_EQ(formats.text.size(), 1U) << given.text;
    EXPECT_EQ(formats.text[0].server(), given.server) << given.text;
  }
  LineFormats formats;
  ASSERT_FALSE(formats.add_given("nginx: $status"));
  EXPECT_EQ(told("nginx: 421", &formats)->sighting.status, 421);
  // The gateway's own JSON needs no format.
  for (const std::string_view json : {"json", "astray:json -http.query -http.user_agent"}) {
    LineFormats none;
    EXPECT_FALSE(none.add_given(json)) << json;
    EXPECT_TRUE(none.empty());
  }
}

TEST(LineFormats, SayWhichFieldTheGatewayHasNot) {
  LineFormats formats;
  const std::optional<Error> error = formats.add("{time} {http.statu}", "test");
  ASSERT_TRUE(error.has_value());
  EXPECT_NE(error->message.find("at byte 8"), std::string::npos) << error->message;
  EXPECT_NE(error->message.find("http.status"), std::string::npos) << error->message;
  const std::optional<Error> no_syntax = formats.add_given("caddy:{status}");
  ASSERT_TRUE(no_syntax.has_value());
  EXPECT_NE(no_syntax->message.find("Caddy has no syntax"), std::string::npos) << no_syntax->message;
}

TEST(LineFormats, SayWhatIsWrong) {
  for (const std::string_view format : {"no fields", "$status$host", "$", "%{Host", "%[ssl_fc_sni", "%<pssc", R"~({"a":"$status")~",
                                        "{http.status", "{http.status}}", "{http.status}{tls.sni}", "{http status}"}) {
    LineFormats formats;
    const std::optional<Error> error = formats.add(format, "--log-format");
    ASSERT_TRUE(error.has_value()) << format;
    EXPECT_GT(error->message.size(), 20U) << format;
  }
}

/// The lines that are advised where a log cannot tell: as formats they have what an explanation asks for.
TEST(LineFormats, ThatAreAdvisedTell) {
  for (const LogServer server : {LogServer::nginx, LogServer::httpd, LogServer::haproxy, LogServer::trafficserver, LogServer::envoy}) {
    const std::string advised(telling_log_format(server));
    LineFormats formats = formats_in_configuration(advised);
    if (server == LogServer::envoy) {  // within its configuration it is a text of JSON or YAML
      const size_t begin = advised.find('"') + 1;
      ASSERT_FALSE(formats.add(advised.substr(begin, advised.rfind("\\n\"") - begin), "advised")) << advised;
    }
    ASSERT_EQ(formats.text.size() + !formats.json.empty(), 1U) << advised;
    const auto has = [&](LogField field) {
      return (!formats.text.empty() && formats.text[0].has(field)) ||
             std::any_of(formats.json.begin(), formats.json.end(), [&](const JsonField& each) { return each.field == field; });
    };
    EXPECT_TRUE(has(LogField::sni)) << advised;
    EXPECT_TRUE(has(LogField::authority)) << advised;
    EXPECT_TRUE(has(LogField::connection) || has(LogField::client_endpoint)) << advised;
    EXPECT_TRUE(has(LogField::client) || has(LogField::client_endpoint)) << advised;
    EXPECT_TRUE(has(LogField::status)) << advised;
    EXPECT_TRUE(has(LogField::protocol) || has(LogField::request_line)) << advised;
    EXPECT_TRUE(has(LogField::time) || has(LogField::time_seconds)) << advised;
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
  const LineFormats traffic_server =
      formats_in_configuration("logging:\n  formats:\n    - name: told\n      format: '%<cqtq> \"%<cqhm>\" %<pssc> %<cssn>'\n    - format: none\n");
  ASSERT_EQ(traffic_server.text.size(), 1U);
  EXPECT_TRUE(traffic_server.text[0].has(LogField::sni));
  EXPECT_EQ(traffic_server.text[0].server(), LogServer::trafficserver);
}

}  // namespace
}  // namespace astray::explain::line_reader_test
