// Backs over real sockets and TLS on loopback.
#include "io/deadline.h"
#include "io/epoll_loop.h"
#include "io/sleep.h"
#include "io/socket_network.h"
#include "proxy/back/back_world_test.h"
#include "support/certificates.h"
#include "support/temporary_folder.h"

namespace astray::proxy::test {
namespace {

using astray::test::CertificateBuilder;
using astray::test::TestCertificate;

Task<void> until_ended(Loop& loop, std::vector<Recorder*> recorders) {
  const MonotonicTime latest = loop.now() + 20s;
  for (const Recorder* recorder : recorders) {
    while (!recorder->ended() && loop.now() < latest) {
      SleepUntil sleeping = sleep_for(loop, 1ms);
      co_await sleeping;
    }
  }
}

/// 127.0.0.1 and a port that nobody has.
Endpoint free_endpoint(Network& network) {
  return network.listen(Endpoint::with_any_port(IpAddress::v4({127, 0, 0, 1}))).value()->local();
}

TEST(BackSockets, CarriesRequestsInEachProtocol) {
  using gateway::BackProtocol;
  const TestCertificate authority = CertificateBuilder().common_name("CA").authority().build();
  const TestCertificate site = CertificateBuilder().names({"app.example"}).issued_by(authority).build();
  astray::test::TemporaryFolder folder;
  for (const BackProtocol protocol :
       {BackProtocol::http1, BackProtocol::h2c, BackProtocol::https, BackProtocol::h2}) {
    EpollLoop loop;
    SocketNetwork network(loop);
    fake::Resolver resolver(loop);
    const Endpoint where = free_endpoint(network);
    const bool is_h2 = protocol == BackProtocol::h2c || protocol == BackProtocol::h2;
    std::shared_ptr<const tls::ServerContext> context;
    if (gateway::uses_tls(protocol)) {
      tls::ServerOptions options;
      options.hosts.push_back({.identity = tls::Identity::parse(site.pem(), site.key_pem(), "site").value(),
                               .alpn = tls::AlpnList::of({is_h2 ? "h2" : "http/1.1"}).value(),
                               .client_authorities = {},
                               .session_scope = {}});
      context = tls::ServerContext::create(std::move(options)).value();
    }
    const std::string large(1'000'000, 'x');
    const auto answer = [&](Http2Peer& peer, const Http2Server::Event& event) {
      if (const auto* end = std::get_if<http2::RequestEnd>(&event))
        (void)peer.engine.respond(end->stream, {{":status", "200"}}, large);
    };
    TestServer server(loop, network, where,
                      is_h2 ? http2_peers(loop, answer)
                            : http1({{.await = "the end",
                                      .send = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + large}}),
                      context);

    std::vector<gateway::BackSettings> settings(1);
    settings[0].protocol = protocol;
    settings[0].addresses.push_back({{where.address, where.port}, {}});
    settings[0].verify.settings->authorities =
        gateway::Placed<gateway::FilePath>{{folder.write("ca.pem", authority.pem())}, {}};
    std::atomic<uint64_t> ids{0};
    Backs backs({.loop = loop,
                 .network = network,
                 .resolver = resolver,
                 .settings = settings,
                 .prepared = prepare_backs(settings).value(),
                 .health = std::make_shared<HealthBoard>(),
                 .connection_ids = ids,
                 .wall_clock = [] { return astray::test::instant("2026-06-01"); }});
    const std::string body = std::string(300'000, 'y') + "the end";
    for (int round = 0; round < 3; ++round) {
      std::vector<std::unique_ptr<Recorder>> requests;
      std::vector<Recorder*> all;
      for (int i = 0; i < 4; ++i) {
        auto& recorder = requests.emplace_back(std::make_unique<Recorder>(loop));
        const BackWish wish{.back = BackIndex{0}, .sni = ServerName::parse("app.example").value()};
        recorder->when_room = [] {};
        recorder->request = backs.send(wish, post_head(body.size()), *recorder);
        recorder->request->send_body(body);
        recorder->request->end_body({});
        all.push_back(recorder.get());
      }
      ASSERT_TRUE(loop.run_until_done(until_ended(loop, all)));
      for (const auto& request : requests) {
        EXPECT_EQ(request->body.size(), large.size()) << request->log;
        EXPECT_TRUE(request->log.ends_with("head:200 body end")) << request->log;
      }
    }
    const BackCounters& counters = backs.counters(BackIndex{0});
    EXPECT_LE(counters.opened, 4U);
    EXPECT_EQ(counters.active_now, 0U);
    EXPECT_EQ(server.connections.size(), counters.opened);
    backs.drain();
    ASSERT_TRUE(loop.run_until_done(until_ended(loop, {})));
    EXPECT_EQ(counters.open_now, 0U);
  }
}

}  // namespace
}  // namespace astray::proxy::test
