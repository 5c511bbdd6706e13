// One context and one session on several threads at once, for TSan.

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

#include "tls/engine/engine_pair_test.h"

namespace astray::tls::sharing_test {
namespace {

TEST(Sharing, OneContextAndOneSessionServeManyThreads) {
  auto servers = server_context(one_host(host_for({"a.test"})));
  ClientOptions options;
  options.sessions = Sessions::kept;
  auto clients = client_context(options);
  auto connect = [&](std::optional<Session> session) {
    Client client = make_client(clients, {"a.test", std::move(session), {}});
    Server server(servers);
    Both both;
    talk(client, server, both);
    return both;
  };
  Session session = connect(std::nullopt).client.sessions.at(0);

  constexpr int rounds = 20;
  std::array<int, 4> resumed{};
  std::vector<std::thread> threads;
  for (int& count : resumed) {
    threads.emplace_back([&connect, &count, session] {
      for (int i = 0; i < rounds; ++i) {
        count += connect(session).client.lines.front().find("resumed") != std::string::npos ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int count : resumed) EXPECT_EQ(count, rounds);
}

}  // namespace
}  // namespace astray::tls::sharing_test
