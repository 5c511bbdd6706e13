#pragma once
// One c-ares channel on the loop; nobody but CaresResolver includes this.
#include <ares.h>

#include <map>
#include <optional>
#include <vector>

#include "io/cares_resolver.h"
#include "io/semaphore.h"

namespace astray {

ResolveError resolve_error(int ares_status);

class CaresChannel final : Timer {
 public:
  using Addresses = Result<std::vector<IpAddress>, ResolveError>;
  /// Whether SERVFAIL, REFUSED and NOTIMP send c-ares on to the next server, or are the answer.
  enum class BadAnswers { skipped, told };

  CaresChannel(EpollLoop& loop, const CaresOptions& options, BadAnswers bad_answers);
  ~CaresChannel() override;

  /// ARES_SUCCESS, or why the channel cannot be used.
  int setup_status() const { return setup_status_; }
  /// A and AAAA, unsorted. The permit is held until c-ares is done with the query, whoever still waits.
  Task<Addresses> query(Hostname name, Permit place);

 private:
  class Query;
  class Socket;
  class Answer;

  static void on_socket_state(void* channel, ares_socket_t socket, int read, int write);
  static void on_answer(void* query, int status, int timeouts, ares_addrinfo* info);
  void process(ares_socket_t read, ares_socket_t write);
  void set_timer();
  void on_deadline(MonotonicTime) override { process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }

  EpollLoop& loop_;
  int setup_status_;
  ares_channel ares_ = nullptr;
  std::map<ares_socket_t, Socket> sockets_;
};

}  // namespace astray
