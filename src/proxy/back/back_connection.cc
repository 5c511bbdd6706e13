#include "proxy/back/back_connection.h"

#include "proxy/back/open_back.h"

namespace astray::proxy {

BackConnection::BackConnection(Loop& loop, client::WireBuffers& buffers, OpenedBack opened,
                               BackConnectionFacts facts, BackConnectionLimits limits,
                               BackConnectionKeeper& keeper)
    : loop_(loop),
      facts_(facts),
      limits_(limits),
      keeper_(keeper),
      wire_(loop, buffers, std::move(opened.stream), std::move(opened.tls), *this),
      idle_since_(loop.now()) {}

void BackConnection::retire() {
  if (retired_) return;
  retired_ = true;
  keeper_.on_retired(*this);
  if (idle()) close();
}

void BackConnection::time_out(PooledRequest& request) {
  keeper_.on_broken(*this);
  cancel(request);
}

void BackConnection::count_request() {
  facts_.reused = requests_ != 0;
  if (++requests_ >= limits_.requests) retire();
}

void BackConnection::start_idling() {
  idle_since_ = loop_.now();
  if (!idle_timer_.is_set()) loop_.timers().set(idle_timer_, idle_since_ + limits_.idle);
}

// The timer is not moved for each request: that costs a walk through the heap.
void BackConnection::on_idle_deadline(MonotonicTime now) {
  if (finished_ || !idle()) return;
  if (now >= idle_since_ + limits_.idle) return retire();
  loop_.timers().set(idle_timer_, idle_since_ + limits_.idle);
}

void BackConnection::finish() {
  if (finished_) return;
  finished_ = true;
  if (!retired_) {
    retired_ = true;
    keeper_.on_retired(*this);
  }
  keeper_.on_finished(*this);
}

std::unique_ptr<BackConnection> make_back_connection(gateway::BackProtocol protocol,
                                                     BackConnectionParts parts, OpenedBack opened) {
  const bool is_h2 = protocol == gateway::BackProtocol::h2 || protocol == gateway::BackProtocol::h2c;
  return is_h2 ? make_http2_back(parts, std::move(opened)) : make_http1_back(parts, std::move(opened));
}

}  // namespace astray::proxy
