#pragma once
// The Stream of SocketNetwork; nobody else includes this.
#include <optional>

#include "io/epoll_loop.h"
#include "io/file_descriptor.h"
#include "io/stream.h"
#include "io/turn_budget.h"
#include "io/wait_queue.h"

namespace astray {

StreamError stream_error(int system_error);

class SocketStream final : public Stream {
 public:
  /// A socket that is connected, or about to be: connect() on it has been called.
  SocketStream(EpollLoop& loop, FileDescriptor socket, Endpoint peer);

  /// Waits for the end of connect(): 0 or errno.
  Task<int> connected();

  Task<ReadResult> read_some(std::span<char> buffer) override;
  Task<WriteResult> write_some(std::string_view bytes) override;
  std::optional<ReadResult> try_read(std::span<char> buffer) override;
  WriteResult try_write(std::string_view bytes) override;
  void call_when_readable(ReadyItem* item) override { when_readable_ = item; }
  void shutdown_write() override;
  void abort() override;
  Endpoint local() const override;
  Endpoint peer() const override { return peer_; }

 private:
  class Watch final : public DescriptorWatch {
   public:
    Watch(EpollLoop& loop, int descriptor, SocketStream& stream)
        : DescriptorWatch(loop, descriptor, Interest::read_and_write, Trigger::edge), stream_(stream) {}
    void on_readiness(Readiness readiness) override;

   private:
    SocketStream& stream_;
  };
  Failure<StreamError> broken_by(int system_error);

  EpollLoop& loop_;
  FileDescriptor socket_;
  Endpoint peer_;
  Endpoint local_at_abort_;
  ReadyItem* when_readable_ = nullptr;
  WaitQueue readers_;
  WaitQueue writers_;
  TurnBudget reads_;
  TurnBudget writes_;
  // The system tells an error once; whoever asks next shall hear it too, not an innocent end.
  std::optional<StreamError> broken_;
  bool write_is_shut_ = false;
  // A read that was not filled has emptied the socket, and epoll tells when more comes, as it told at first what was
  // there already: no need to ask the system in vain. Not once the peer hung up, which is told only once.
  bool drained_ = true;
  bool hung_up_ = false;
  std::optional<Watch> watch_;  // the last member: it goes before the socket
};

}  // namespace astray
