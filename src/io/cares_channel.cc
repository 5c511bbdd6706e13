#include "io/cares_channel.h"

#include <sys/time.h>

#include <algorithm>

#include "io/socket_address.h"

namespace astray {
namespace {

using Addresses = CaresChannel::Addresses;

Addresses addresses_of(int status, const ares_addrinfo* info) {
  if (status != ARES_SUCCESS) return Failure<ResolveError>(resolve_error(status));
  std::vector<IpAddress> addresses;
  for (const ares_addrinfo_node* node = info->nodes; node != nullptr; node = node->ai_next)
    if (auto address = ip_address_of(node->ai_addr)) addresses.push_back(*address);
  if (addresses.empty()) return Failure<ResolveError>(resolve_error(ARES_ENODATA));
  return addresses;
}

}  // namespace

ResolveError resolve_error(int status) {
  using Kind = ResolveError::Kind;
  Kind kind = Kind::other;
  switch (status) {
    case ARES_ENOTFOUND:
      kind = Kind::not_found;
      break;
    case ARES_ENODATA:
      kind = Kind::no_data;
      break;
    case ARES_EREFUSED:
      kind = Kind::refused;
      break;
    case ARES_ETIMEOUT:
      kind = Kind::timed_out;
      break;
    case ARES_ESERVFAIL:
      kind = Kind::server_failed;
      break;
    case ARES_ECONNREFUSED:
      kind = Kind::unreachable;
      break;
    case ARES_EBADRESP:
    case ARES_EFORMERR:
      kind = Kind::bad_response;
      break;
    default:
      break;
  }
  return {kind, ares_strerror(status)};
}

/// Lives until c-ares has called back, which it cannot be kept from: a cancelled task leaves its query
/// behind.
class CaresChannel::Query {
 public:
  Query(Loop& loop, Permit place) : loop_(loop), place_(std::move(place)) {}

  Answer* waiting = nullptr;  ///< null once the task is gone
  Resumption resumption;
  std::optional<Addresses> result;
  void set(Addresses addresses) {
    result.emplace(std::move(addresses));
    loop_.make_ready(resumption);
  }

 private:
  Loop& loop_;
  Permit place_;
};

/// Waits for a query, and owns it once it has its result.
class CaresChannel::Answer {
 public:
  explicit Answer(Query& query) : query_(query) { query_.waiting = this; }
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer() {
    query_.waiting = nullptr;
    if (query_.result) delete &query_;
  }
  bool await_ready() const noexcept { return query_.result.has_value(); }
  void await_suspend(std::coroutine_handle<> coroutine) { query_.resumption.set(coroutine); }
  Addresses await_resume() { return std::move(*query_.result); }

 private:
  Query& query_;
};

class CaresChannel::Socket final : public DescriptorWatch {
 public:
  Socket(CaresChannel& channel, ares_socket_t socket, Interest interest)
      : DescriptorWatch(channel.loop_, socket, interest, Trigger::level), channel_(channel) {}
  void on_readiness(Readiness readiness) override {
    channel_.process(readiness.read ? descriptor() : ARES_SOCKET_BAD,
                     readiness.write ? descriptor() : ARES_SOCKET_BAD);
  }

 private:
  CaresChannel& channel_;
};

CaresChannel::CaresChannel(EpollLoop& loop, const CaresOptions& options, BadAnswers bad_answers)
    : loop_(loop) {
  static const int library_status = ares_library_init(ARES_LIB_INIT_ALL);
  setup_status_ = library_status;
  if (setup_status_ != ARES_SUCCESS) return;
  char lookups[] = "b";  // DNS alone: the hosts file is ours
  ares_options set{};
  set.flags = ARES_FLAG_NOALIASES;
  if (options.search == SearchDomains::none) set.flags |= ARES_FLAG_NOSEARCH;
  if (bad_answers == BadAnswers::told) set.flags |= ARES_FLAG_NOCHECKRESP;
  set.timeout =
      static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(options.timeout).count());
  set.tries = options.tries;
  set.lookups = lookups;
  set.sock_state_cb = on_socket_state;
  set.sock_state_cb_data = this;
  int used = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
  // ARES_FLAG_NOSEARCH alone does not keep ares_getaddrinfo() of c-ares 1.18 from searching: no domains do.
  const bool searches = options.search == SearchDomains::searched;
  std::vector<std::string> domains = searches ? options.domains : std::vector<std::string>();
  std::vector<char*> pointers;
  for (std::string& domain : domains) pointers.push_back(domain.data());
  if (!searches || !pointers.empty()) {
    set.domains = pointers.data();
    set.ndomains = static_cast<int>(pointers.size());
    used |= ARES_OPT_DOMAINS;
  }
  setup_status_ = ares_init_options(&ares_, &set, used);
  if (setup_status_ != ARES_SUCCESS || options.servers.empty()) return;
  std::string servers;
  for (const Endpoint& server : options.servers) servers += (servers.empty() ? "" : ",") + server.text();
  setup_status_ = ares_set_servers_ports_csv(ares_, servers.c_str());
}

CaresChannel::~CaresChannel() {
  if (ares_ != nullptr) ares_destroy(ares_);
}

Task<Addresses> CaresChannel::query(Hostname name, Permit place) {
  auto* query = new Query(loop_, std::move(place));
  Answer answer(*query);
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NOSORT;
  ares_getaddrinfo(ares_, std::string(name.text()).c_str(), nullptr, &hints, on_answer, query);
  set_timer();
  Addresses addresses = co_await answer;
  co_return addresses;
}

void CaresChannel::on_answer(void* query, int status, int, ares_addrinfo* info) {
  auto* answered = static_cast<Query*>(query);
  if (answered->waiting != nullptr)
    answered->set(addresses_of(status, info));
  else
    delete answered;
  if (info != nullptr) ares_freeaddrinfo(info);
}

void CaresChannel::on_socket_state(void* channel, ares_socket_t socket, int read, int write) {
  auto& self = *static_cast<CaresChannel*>(channel);
  if (read == 0 && write == 0) {
    self.sockets_.erase(socket);
    return;
  }
  Interest interest = read == 0 ? Interest::write : write == 0 ? Interest::read : Interest::read_and_write;
  auto [place, is_new] = self.sockets_.try_emplace(socket, self, socket, interest);
  if (!is_new) place->second.set_interest(interest);
}

void CaresChannel::process(ares_socket_t read, ares_socket_t write) {
  ares_process_fd(ares_, read, write);
  set_timer();
}

void CaresChannel::set_timer() {
  timeval wait{};
  if (ares_timeout(ares_, nullptr, &wait) == nullptr) {
    cancel();
    return;
  }
  Duration duration = std::chrono::seconds(wait.tv_sec) + std::chrono::microseconds(wait.tv_usec);
  // c-ares counts in whole microseconds: a wait rounded down to 0 would only spin.
  loop_.timers().set(*this, loop_.now() + std::max<Duration>(duration, std::chrono::milliseconds(1)));
}

}  // namespace astray
