// A pool of connections to many origins at one server, and what it costs:
//   client_pool h1|h2 http|https ORIGINS PORT AUTHORITIES.pem
// opens SCHEME://n0.bench.test:PORT, n1.… at 127.0.0.1, each with one request of /small, and prints
// "CONNECTIONS LOOKUP_NANOSECONDS OWN_BYTES LIBRARY_BYTES TLS_BYTES".
//
// Lookup: Pool::acquire_now() for origins in random order; the median of 21 rounds of one lookup for each
// origin. Bytes: what the heap holds more for each connection once all are idle, as malloc rounds it up. TLS
// is what OpenSSL allocates, the session for resumption included. Own is what C++ allocates: pool,
// connection, both engines, stream, coroutines, what is remembered of DNS. Library is the rest.
#include <fmt/format.h>
#include <malloc.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <new>
#include <random>
#include <vector>

#include "client/fetch_flow.h"
#include "io/cares_resolver.h"
#include "io/socket_network.h"
#include "io/task_group.h"

namespace {

size_t own_bytes = 0;
size_t tls_bytes = 0;

void* allocate_for(size_t& count, size_t size) {
  void* memory = std::malloc(size);
  count += malloc_usable_size(memory);
  return memory;
}

void release_from(size_t& count, void* memory) {
  count -= malloc_usable_size(memory);
  std::free(memory);
}

void* tls_malloc(size_t size, const char*, int) {
  return allocate_for(tls_bytes, size);
}
void* tls_realloc(void* memory, size_t size, const char*, int) {
  tls_bytes -= malloc_usable_size(memory);
  memory = std::realloc(memory, size);
  tls_bytes += malloc_usable_size(memory);
  return memory;
}
void tls_free(void* memory, const char*, int) {
  release_from(tls_bytes, memory);
}

}  // namespace

void* operator new(size_t size) {
  return allocate_for(own_bytes, size);
}
void operator delete(void* memory) noexcept {
  release_from(own_bytes, memory);
}
void operator delete(void* memory, size_t) noexcept {
  release_from(own_bytes, memory);
}

using namespace astray;

namespace {

[[noreturn]] void give_up(std::string_view why) {
  fmt::print(stderr, "client_pool: {}\n", why);
  std::exit(2);
}

class Discard final : public client::ResponseConsumer {
 public:
  void on_head(const client::ResponseHead&, client::BodyFlow&) override {}
  client::Demand on_body(std::string_view) override { return client::Demand::more; }
};

struct Bytes {
  double own = 0, library = 0, tls = 0;
};

Bytes heap() {
  const struct mallinfo2 all = mallinfo2();
  const size_t used = all.uordblks + all.hblkhd;
  return {static_cast<double>(own_bytes), static_cast<double>(used - own_bytes - tls_bytes),
          static_cast<double>(tls_bytes)};
}

/// A client without its front door, so that its pool can be asked.
struct Parts {
  explicit Parts(client::Settings given)
      : settings(std::move(given)),
        addresses(loop, resolver, settings),
        identities(settings),
        pool({loop, network, settings, addresses, identities, sessions, chains, buffers}, counters) {}

  EpollLoop loop;
  SocketNetwork network{loop};
  CaresResolver resolver{loop};
  client::Settings settings;
  client::Counters counters;
  client::AddressBook addresses;
  client::Identities identities;
  client::SessionStore sessions;
  client::PeerChains chains;
  client::WireBuffers buffers;
  client::Pool pool;
};

Task<void> ask(Parts& parts, client::Request request) {
  Discard discard;
  client::FetchFlow flow(parts.loop, parts.pool, parts.identities, parts.counters, parts.settings,
                         std::move(request), discard, ++parts.counters.fetches);
  Task<void> running = flow.run();
  co_await std::move(running);
  const client::FetchReport report = flow.take_report();
  if (report.failure) give_up(report.failure->sentence);
}

Task<void> ask_all(Parts& parts, client::HttpVersions versions, std::vector<Url> urls) {
  TaskGroup askers(parts.loop, 16);
  for (const Url& url : urls) {
    client::Request request{.url = url};
    request.versions = versions;
    Task<void> starting = askers.start(ask(parts, std::move(request)));
    co_await std::move(starting);
  }
  Task<void> ending = askers.all_ended();
  co_await std::move(ending);
}

/// Of this thread: others may have the core meanwhile.
double cpu_nanoseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

double lookup_nanoseconds(Parts& parts, std::vector<client::PoolWish> wishes) {
  constexpr int rounds = 21;
  std::mt19937 random(1);
  std::vector<double> found;
  for (int round = 0; round < rounds; ++round) {
    std::shuffle(wishes.begin(), wishes.end(), random);
    // Who asks has the name at hand: it is not what is measured.
    const std::vector<client::PoolWish> asked(wishes.begin(), wishes.end());
    const double began = cpu_nanoseconds();
    size_t hits = 0;
    for (const client::PoolWish& wish : asked) hits += parts.pool.acquire_now(wish).has_value() ? 1 : 0;
    const double taken = cpu_nanoseconds() - began;
    if (hits != wishes.size()) give_up(fmt::format("{} of {} found", hits, wishes.size()));
    found.push_back(taken / static_cast<double>(wishes.size()));
  }
  std::nth_element(found.begin(), found.begin() + rounds / 2, found.end());
  return found[rounds / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) give_up("usage: client_pool h1|h2 http|https ORIGINS PORT AUTHORITIES.pem");
  CRYPTO_set_mem_functions(tls_malloc, tls_realloc, tls_free);
  const bool h2 = std::string_view(argv[1]) == "h2";
  const size_t origins = static_cast<size_t>(std::atol(argv[3]));
  const auto url_of = [&](size_t i) {
    return Url::parse(fmt::format("{}://n{}.bench.test:{}/small", argv[2], i, argv[4])).value();
  };
  auto trust = tls::TrustStore::load(argv[5]);
  if (!trust) give_up(trust.error().message);
  client::Settings settings;
  settings.trust = *trust;
  settings.wall_clock = [] { return Instant{std::time(nullptr)}; };
  settings.coalescing = client::CoalescePolicy::off;
  settings.connections = static_cast<uint32_t>(origins) + 1;
  settings.resolve.push_back({{}, {}, {IpAddress::v4({127, 0, 0, 1})}});
  Parts parts(std::move(settings));
  const auto versions = h2 ? client::HttpVersions::h2_only : client::HttpVersions::h1_only;
  const auto run = [&](std::vector<Url> urls) {
    if (!parts.loop.run_until_done(ask_all(parts, versions, std::move(urls)))) give_up("stalled");
  };

  run({url_of(origins)});  // what all share
  const Bytes before = heap();
  {
    std::vector<Url> urls;
    for (size_t i = 0; i < origins; ++i) urls.push_back(url_of(i));
    run(std::move(urls));
  }
  const Bytes after = heap();
  if (parts.pool.size() != origins + 1) give_up(fmt::format("{} connections", parts.pool.size()));

  const client::IdentityId identity = parts.identities.id_of({versions, std::nullopt, std::nullopt});
  std::vector<client::PoolWish> wishes;
  for (size_t i = 0; i < origins; ++i)
    wishes.push_back({.request = i, .origin = url_of(i).origin(), .identity = identity, .timeouts = {}});
  const double nanoseconds = lookup_nanoseconds(parts, std::move(wishes));
  const auto each = static_cast<double>(origins);
  fmt::print("{} {:.0f} {:.0f} {:.0f} {:.0f}\n", origins, nanoseconds, (after.own - before.own) / each,
             (after.library - before.library) / each, (after.tls - before.tls) / each);
}
