// The operator's port with a state made up for it: prints its port, and serves until its standard input ends.
// `POST /admin/reload` lets the gateway drain, so that the page has something to show.
#include <unistd.h>

#include <cstdio>

#include "io/epoll_loop.h"
#include "io/socket_network.h"
#include "proxy/operation/admin_server.h"
#include "proxy/operation/admin_source_test.h"

namespace {

using namespace astray;

class Source final : public proxy::AdminSource {
 public:
  proxy::MetricsState::Serving serving() const override { return state_.serving; }
  std::string metrics_text() const override { return "# nothing\n"; }
  proxy::AdminState state() const override { return state_; }
  Task<Result<uint64_t>> reload() override {
    state_.serving = proxy::MetricsState::Serving::draining;
    co_return ++state_.generation;
  }

 private:
  proxy::AdminState state_ = test::some_admin_state();
};

class EndOfInput final : public DescriptorWatch {
 public:
  explicit EndOfInput(EpollLoop& loop)
      : DescriptorWatch(loop, STDIN_FILENO, Interest::read, Trigger::level) {}
  bool came() const { return came_; }

 private:
  void on_readiness(Readiness) override { came_ = true; }
  bool came_ = false;
};

}  // namespace

int main() {
  EpollLoop loop;
  SocketNetwork network(loop);
  auto listener = network.listen(Endpoint::with_any_port(IpAddress::v4({127, 0, 0, 1})));
  if (!listener) return 2;
  std::printf("%d\n", (*listener)->local().port.number());
  std::fflush(stdout);
  Source source;
  const EndOfInput end(loop);
  const SpawnedTask serving = loop.spawn(serve_admin(loop, **listener, source, (*listener)->local()));
  while (!end.came()) loop.turn();
  return 0;
}
