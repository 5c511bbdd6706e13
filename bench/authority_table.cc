// What it costs the gateway to find who owns a name and to judge the request:
//   cmake --preset bench && ninja -C build/bench authority_table && build/bench/bench/authority_table [NAMES]
//
// NAMES (1,000,000) are nine tenths host names and one tenth wildcards of any depth, at https port 443; each
// belongs to a virtual host of its own with a certificate of its own, the worst case for caches. Asked in
// random order: names, names under the wildcards, and names that nobody owns (404 and 421 are alike here).
// The requests lie in memory in the order in which they are asked, as a gateway has just read the one that it
// judges.
//
//   judged   owner_of() and judge_request(), one request after the other; the processor may begin one before
//   the
//            one before is done
//   peer     std::unordered_map<std::string, uint32_t>::find of the host: exact names alone, no judgement;
//   for
//            names right under a wildcard it is asked for the name and then for its parent
//   waiting  the same with a fence between two requests (x86 alone): the latency
// Times are CPU time, nanoseconds medians of 9 rounds, table and peer in turns. Bytes are
// AuthorityTable::bytes(); the peer's are what malloc holds more for it.
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <unordered_map>
#include <vector>

#include "gateway/ownership/authority_table_builder.h"
#include "verdict/judge_request.h"

namespace {

using namespace astray;
using namespace astray::gateway;
using PeerTable = std::unordered_map<std::string, uint32_t>;

constexpr SchemePort https{Scheme::https, Port(443)};
constexpr size_t requests = 1 << 20;
constexpr int rounds = 9;

/// Of this thread: others use the machine too.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Hostname hostname(const std::string& text) {
  return Hostname::parse(text).value();
}

/// Names of 22–28 bytes that share beginnings and ends, as real ones do.
std::string name_of(size_t number) {
  return fmt::format("www.shop-{}.customers.example", number * 7919);
}
std::string suffix_of(size_t number) {
  return fmt::format("tenant-{}.hosting.example", number * 104729);
}

struct Request {
  Asked asked;
  CertificateName certificate;  ///< of the connection that it comes on
  std::string_view host;        ///< what the peer is asked
};

class World {
 public:
  explicit World(size_t names) : exact_(names - names / 10), wildcards_(names / 10) {
    certificates_.reserve(names);
    for (size_t i = 0; i < exact_; ++i)
      certificates_.push_back(CertificateName::parse_dns(name_of(i)).value());
    for (size_t i = 0; i < wildcards_; ++i)
      certificates_.push_back(CertificateName::parse_dns("*." + suffix_of(i)).value());
  }

  AuthorityTable table() const {
    AuthorityTableBuilder builder(UnownedAnswer::misdirected);
    for (size_t i = 0; i < certificates_.size(); ++i) {
      Ownership facts{.claim = Claim::by_name, .policy = {.client_authentication = 0, .tls = 1}};
      facts.certificate_names = {&certificates_[i], 1};
      VirtualHostIndex host = builder.add_virtual_host({}, facts);
      builder.own(host, https, OwnedName::parse(certificates_[i].text(), WildcardReach::any_depth).value());
    }
    return std::move(builder).build().value();
  }

  PeerTable peer() const {
    PeerTable peer;
    peer.reserve(certificates_.size());
    for (size_t i = 0; i < certificates_.size(); ++i)
      peer.emplace(certificates_[i].host().text(), static_cast<uint32_t>(i));
    return peer;
  }

  size_t exact() const { return exact_; }
  size_t wildcards() const { return wildcards_; }

 private:
  size_t exact_;
  size_t wildcards_;
  std::vector<CertificateName> certificates_;
};

template <typename NameOf>
std::vector<Request> ask(size_t count, NameOf name_of_number) {
  std::mt19937_64 random(1);
  std::vector<Request> asked;
  asked.reserve(requests);
  for (size_t i = 0; i < requests; ++i) {
    Hostname name = hostname(name_of_number(random() % count));
    asked.push_back({{Origin{Scheme::https, name, Port(443)}, AuthorityField::pseudo_authority, {}},
                     CertificateName::parse_dns(name.text()).value(),
                     {}});
    asked.back().host = asked.back().asked.origin.host.name()->text();
  }
  for (Request& request : asked) request.host = request.asked.origin.host.name()->text();
  return asked;
}

Verdict judge(const AuthorityTable& table, ConnectionFacts& connection, const Request& request) {
  connection.certificate_names = {&request.certificate, 1};
  return judge_request(connection, request.asked, table.owner_of(request.asked.origin, connection.listener));
}

ConnectionFacts connection_facts() {
  ConnectionFacts connection;
  connection.local_port = Port(443);
  connection.sni = RawHost("another.customers.example");
  connection.protocol = Protocol::h2;
  connection.policy.tls = 1;
  return connection;
}

struct Tally {
  std::vector<double> nanoseconds;
  size_t checked = 0;

  void add(double start, size_t count) {
    nanoseconds.push_back((cpu_seconds() - start) * 1e9 / static_cast<double>(count));
  }
  double median() {
    std::sort(nanoseconds.begin(), nanoseconds.end());
    return nanoseconds[nanoseconds.size() / 2];
  }
};

/// Lets nothing of what follows begin before all that came before is done.
void wait_for_all() {
#if defined(__x86_64__)
  __builtin_ia32_lfence();
#endif
}

/// Nanoseconds that `look(request)` takes for each of `asked`; counts those that it is true of.
template <typename Look>
void measure(const std::vector<Request>& asked, Tally& overlapping, Tally& waiting, Look look) {
  double start = cpu_seconds();
  for (const Request& request : asked) overlapping.checked += look(request);
  overlapping.add(start, asked.size());

  start = cpu_seconds();
  for (const Request& request : asked) {
    wait_for_all();
    waiting.checked += look(request);
  }
  waiting.add(start, asked.size());
}

void run(const char* label, const AuthorityTable& table, const PeerTable& peer,
         const std::vector<Request>& asked, Answer expected, bool parent_too) {
  ConnectionFacts connection = connection_facts();
  Tally judged, judged_waiting, peers, peers_waiting;
  for (int round = 0; round < rounds; ++round) {
    measure(asked, judged, judged_waiting,
            [&](const Request& request) { return judge(table, connection, request).answer == expected; });
    measure(asked, peers, peers_waiting, [&](const Request& request) {
      auto found = peer.find(std::string(request.host));
      if (found == peer.end() && parent_too)
        found = peer.find(std::string(request.host.substr(request.host.find('.') + 1)));
      return found != peer.end();
    });
  }
  if (judged.checked != asked.size() * rounds || judged_waiting.checked != judged.checked) {
    fmt::print(stderr, "authority_table: {}: {} of {} verdicts are as expected\n", label, judged.checked,
               asked.size() * rounds);
    std::exit(2);
  }
  if (peers.checked != peers_waiting.checked) std::exit(2);
  fmt::print("{:<22} {:>8.0f} {:>8.0f} {:>8.0f} {:>8.0f}   {:.2f} {:.2f}\n", label, judged.median(),
             judged_waiting.median(), peers.median(), peers_waiting.median(),
             judged.median() / peers.median(), judged_waiting.median() / peers_waiting.median());
}

}  // namespace

int main(int argc, char** argv) {
  size_t names = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  if (names < 10) {
    fmt::print(stderr, "usage: authority_table [NAMES], 10 or more\n");
    return 2;
  }
  World world(names);
  double start = cpu_seconds();
  AuthorityTable table = world.table();
  double table_seconds = cpu_seconds() - start;

  size_t held = mallinfo2().uordblks + mallinfo2().hblkhd;
  start = cpu_seconds();
  PeerTable peer = world.peer();
  double peer_seconds = cpu_seconds() - start;
  size_t peer_bytes = mallinfo2().uordblks + mallinfo2().hblkhd - held;

  auto a_name = static_cast<double>(names);
  fmt::print("{} names: {:.0f} bytes a name, built in {:.2f} s; unordered_map: {:.0f} bytes, {:.2f} s\n",
             names, static_cast<double>(table.bytes()) / a_name, table_seconds,
             static_cast<double>(peer_bytes) / a_name, peer_seconds);
  fmt::print("{:<22} {:>8} {:>8} {:>8} {:>8}   {}\n", "ns", "judged", "waiting", "peer", "waiting", "ratios");
  run("name", table, peer, ask(world.exact(), name_of), Answer::serve, false);
  run("under a wildcard", table, peer,
      ask(world.wildcards(), [](size_t i) { return fmt::format("a.{}", suffix_of(i)); }), Answer::serve,
      true);
  run("deep under a wildcard", table, peer,
      ask(world.wildcards(), [](size_t i) { return fmt::format("a.b.{}", suffix_of(i)); }),
      Answer::misdirected, false);
  run("nobody's", table, peer, ask(world.exact(), [](size_t i) { return "x" + name_of(i); }),
      Answer::misdirected, false);
}
