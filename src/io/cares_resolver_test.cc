#include "io/cares_resolver.h"

#include <sys/socket.h>

#include <set>

#include "io/deadline.h"
#include "io/file_descriptor.h"
#include "io/running_test.h"
#include "io/sleep.h"
#include "io/socket_address.h"
#include "io/task_group.h"
#include "support/temporary_folder.h"

namespace astray {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using test::run;
using Addresses = Result<std::vector<IpAddress>, ResolveError>;

constexpr uint16_t type_a = 1, type_cname = 5, type_aaaa = 28;
constexpr int no_error = 0, server_failure = 2, name_error = 3, query_refused = 5;

std::string number16(size_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
}

/// One answer to the question's name (RFC 1035 §4.1.3; 0xC00C points at the question).
std::string record(uint16_t type, std::string_view data) {
  return "\xC0\x0C"s + number16(type) + number16(1) + number16(0) + number16(60) + number16(data.size()) +
         std::string(data);
}
std::string address_record(std::string_view address) {
  IpAddress parsed = *IpAddress::parse(address);
  return record(parsed.family() == IpFamily::v4 ? type_a : type_aaaa, parsed.bytes());
}

struct Question {
  std::string label;  // the first label of the name
  uint16_t type = 0;
  std::string bytes;  // name, type and class as they came
};
Question question_of(std::string_view query) {
  size_t end = query.find('\0', 12);
  Question question;
  question.label = query.substr(13, static_cast<uint8_t>(query[12]));
  question.type =
      static_cast<uint16_t>(static_cast<uint8_t>(query[end + 1]) << 8 | static_cast<uint8_t>(query[end + 2]));
  question.bytes = query.substr(12, end + 5 - 12);
  return question;
}

std::string answer_message(std::string_view query, int code, const std::vector<std::string>& records) {
  Question question = question_of(query);
  std::string message(query.substr(0, 2));
  message += '\x81';
  message += static_cast<char>(0x80 | code);
  message += number16(1) + number16(records.size()) + number16(0) + number16(0) + question.bytes;
  for (const std::string& one : records) message += one;
  return message;
}

enum class Transport { udp, tcp };

/// What the server says about a name, by the name's first label; "" for silence.
std::string answer_to(std::string_view query, Transport transport) {
  Question question = question_of(query);
  bool v4 = question.type == type_a;
  std::vector<std::string> records;
  if (question.label == "both") {
    if (v4)
      records = {address_record("192.0.2.2"), address_record("192.0.2.1"), address_record("192.0.2.2")};
    else
      records = {address_record("2001:db8::2"), address_record("2001:db8::1")};
  }
  if (question.label == "v4only" && v4) records = {address_record("192.0.2.4")};
  if (question.label == "v6only" && !v4) records = {address_record("2001:db8::6")};
  if (question.label == "alias" && v4) {
    std::string target = "\x06target\x07"s + "example"s + "\0"s;
    std::string address = "\x06target\x07"s + "example"s + "\0"s + address_record("192.0.2.5").substr(2);
    records = {record(type_cname, target), address};
  }
  if (question.label == "half" && !v4) return answer_message(query, server_failure, {});
  if (question.label == "half") records = {address_record("192.0.2.7")};
  if (question.label == "missing") return answer_message(query, name_error, {});
  if (question.label == "servfail") return answer_message(query, server_failure, {});
  if (question.label == "refused") return answer_message(query, query_refused, {});
  if (question.label == "big" && transport == Transport::udp) {
    std::string message = answer_message(query, no_error, {});
    message[2] = static_cast<char>(message[2] | 0x02);  // TC: ask again over TCP
    return message;
  }
  if (question.label == "big" && v4)
    for (int i = 0; i < 200; ++i) records.push_back(address_record("192.0.2." + std::to_string(i)));
  if (question.label == "garbage") return answer_message(query, no_error, {"\xC0\x0C\x00"s});
  if (question.label == "silent") return {};
  if (question.label == "short" && query.find("\x03lab") == std::string_view::npos)
    return answer_message(query, name_error, {});
  if (question.label == "short" && v4) records = {address_record("192.0.2.3")};
  if (question.label == "wrongid") {
    std::string message = answer_message(query, no_error, {address_record("192.0.2.66")});
    message[0] = static_cast<char>(message[0] ^ 0x55);
    return message;
  }
  if (question.label.starts_with("many") && v4) records = {address_record("192.0.2.8")};
  return answer_message(query, no_error, records);
}

/// A DNS server on loopback, on the loop of the test.
class DnsServer {
 public:
  explicit DnsServer(EpollLoop& loop)
      : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
        watch_(loop, bound_to_loopback(socket_.number()), *this) {}

  Endpoint endpoint() const {
    SocketAddress address;
    getsockname(socket_.number(), address.data(), address.size_pointer());
    return address.endpoint();
  }
  int queries = 0;
  std::set<std::string> labels;

 private:
  class Watch final : public DescriptorWatch {
   public:
    Watch(EpollLoop& loop, int descriptor, DnsServer& server)
        : DescriptorWatch(loop, descriptor, Interest::read, Trigger::level), server_(server) {}
    void on_readiness(Readiness) override { server_.answer_one(); }

   private:
    DnsServer& server_;
  };

  static int bound_to_loopback(int descriptor) {
    SocketAddress address(Endpoint::with_any_port(IpAddress::v4({127, 0, 0, 1})));
    EXPECT_EQ(bind(descriptor, address.data(), address.size()), 0);
    return descriptor;
  }

  void answer_one() {
    char buffer[512];
    SocketAddress from;
    ssize_t size = recvfrom(socket_.number(), buffer, sizeof buffer, 0, from.data(), from.size_pointer());
    if (size < 17) return;
    std::string_view query(buffer, static_cast<size_t>(size));
    ++queries;
    labels.insert(question_of(query).label);
    std::string answer = answer_to(query, Transport::udp);
    if (!answer.empty()) sendto(socket_.number(), answer.data(), answer.size(), 0, from.data(), from.size());
  }

  FileDescriptor socket_;
  Watch watch_;
};

class CaresResolverTest : public ::testing::Test {
 protected:
  CaresOptions options() {
    CaresOptions set;
    set.servers = {server.endpoint()};
    set.hosts_file = "";
    set.timeout = 50ms;
    set.tries = 2;
    return set;
  }
  Addresses resolve(std::string_view name) { return resolve(name, options()); }
  Addresses resolve(std::string_view name, CaresOptions set) {
    CaresResolver resolver(loop, std::move(set));
    return run(loop, resolver.resolve(*Hostname::parse(name)));
  }
  EpollLoop loop;
  DnsServer server{loop};
};

std::string text_of(const Addresses& addresses) {
  if (!addresses) return std::string(to_string(addresses.error().kind)) + ": " + addresses.error().message;
  std::string text;
  for (const IpAddress& address : *addresses) text += (text.empty() ? "" : " ") + address.text();
  return text;
}

TEST_F(CaresResolverTest, TellsWhatTheServerSays) {
  struct Case {
    std::string_view name, expected;
  };
  constexpr Case cases[] = {
      {"both.example", "192.0.2.1 192.0.2.2 2001:db8::1 2001:db8::2"},
      {"v4only.example", "192.0.2.4"},
      {"v6only.example", "2001:db8::6"},
      {"alias.example", "192.0.2.5"},
      {"half.example", "192.0.2.7"},
      {"nodata.example", "no_data: DNS server returned answer with no data"},
      {"missing.example", "not_found: Domain name not found"},
      {"servfail.example", "server_failed: DNS server returned general failure"},
      {"refused.example", "refused: DNS server refused query"},
      {"garbage.example", "bad_response: Misformatted DNS reply"},
      {"silent.example", "timed_out: Timeout while contacting DNS servers"},
      {"wrongid.example", "timed_out: Timeout while contacting DNS servers"},
  };
  for (const Case& c : cases) EXPECT_EQ(text_of(resolve(c.name)), c.expected) << c.name;
}

TEST_F(CaresResolverTest, AsksForTheNameAsItIsWithoutSearchDomains) {
  EXPECT_EQ(resolve("missing").error().kind, ResolveError::Kind::not_found);
  EXPECT_EQ(server.labels, std::set<std::string>{"missing"});
}

TEST_F(CaresResolverTest, HostsFileComesFirst) {
  test::TemporaryFolder folder;
  std::string path = folder.write("hosts", "127.0.0.1 localhost\n::1 localhost\n192.0.2.99 both.example\n");
  CaresOptions with_hosts = options();
  with_hosts.hosts_file = path;
  EXPECT_EQ(text_of(resolve("localhost", with_hosts)), "127.0.0.1 ::1");
  EXPECT_EQ(text_of(resolve("both.example", with_hosts)), "192.0.2.99");
  EXPECT_EQ(server.queries, 0);
  EXPECT_EQ(text_of(resolve("v4only.example", with_hosts)), "192.0.2.4");
}

TEST_F(CaresResolverTest, ShortNamesAreSearchedForWhereThatIsWanted) {
  CaresOptions searching = options();
  searching.domains = {"other.example", "lab.example"};
  EXPECT_EQ(text_of(resolve("short", searching)).substr(0, 9), "not_found");
  searching.search = SearchDomains::searched;
  EXPECT_EQ(text_of(resolve("short", searching)), "192.0.2.3");
}

TEST_F(CaresResolverTest, ServerThatIsNotThere) {
  CaresOptions nobody = options();
  {
    DnsServer gone(loop);
    nobody.servers = {gone.endpoint()};
  }
  Addresses result = resolve("both.example", nobody);
  ASSERT_FALSE(result);
  EXPECT_EQ(text_of(result), "unreachable: Could not contact DNS servers");
}

TEST_F(CaresResolverTest, NextServerIsAskedWhereTheFirstIsSilent) {
  CaresOptions two = options();
  {
    DnsServer gone(loop);
    two.servers = {gone.endpoint(), server.endpoint()};
  }
  EXPECT_EQ(text_of(resolve("v4only.example", two)), "192.0.2.4");
}

Task<void> resolve_one(Resolver& resolver, Hostname name, int& answered) {
  Addresses addresses = co_await resolver.resolve(std::move(name));
  EXPECT_EQ(text_of(addresses), "192.0.2.8");
  ++answered;
}

Task<void> resolve_many(Loop& loop, Resolver& resolver, int count, int& answered) {
  TaskGroup group(loop, 1000);
  for (int i = 0; i < count; ++i)
    co_await group.start(
        resolve_one(resolver, *Hostname::parse("many" + std::to_string(i) + ".example"), answered));
  co_await group.all_ended();
}

TEST_F(CaresResolverTest, ResolvesManyNamesThroughFewPlaces) {
  CaresOptions few = options();
  few.most_queries = 20;
  few.timeout = 5s;
  CaresResolver resolver(loop, few);
  int answered = 0;
  run(loop, resolve_many(loop, resolver, 500, answered));
  EXPECT_EQ(answered, 500);
  EXPECT_EQ(server.queries, 1000);  // A and AAAA each
}

/// Answers every query of one connection, each after its length (RFC 1035 §4.2.2).
Task<void> answer_over_tcp(StreamListener& listener) {
  auto accepted = co_await listener.accept();
  EXPECT_TRUE(accepted);
  std::unique_ptr<Stream> stream = std::move(*accepted);
  std::string received, buffer(512, '\0');
  for (;;) {
    ReadResult count = co_await stream->read_some(buffer);
    if (!count || *count == 0) co_return;
    received.append(buffer, 0, *count);
    while (received.size() > 2) {
      size_t size =
          static_cast<size_t>(static_cast<uint8_t>(received[0])) << 8 | static_cast<uint8_t>(received[1]);
      if (received.size() < 2 + size) break;
      std::string answer = answer_to(std::string_view(received).substr(2, size), Transport::tcp);
      received.erase(0, 2 + size);
      std::string framed = number16(answer.size()) + answer;
      auto written = co_await stream->write_all(framed);
      if (!written) co_return;
    }
  }
}

TEST_F(CaresResolverTest, AsksAgainOverTcpWhenAnAnswerDoesNotFit) {
  SocketNetwork network(loop);
  std::unique_ptr<DnsServer> both_ways;
  std::unique_ptr<StreamListener> listener;
  for (int tries = 0; tries < 50 && listener == nullptr; ++tries) {
    both_ways = std::make_unique<DnsServer>(loop);
    // The TCP port of the same number may be somebody else's.
    if (auto free = network.listen(both_ways->endpoint())) listener = std::move(*free);
  }
  ASSERT_NE(listener, nullptr);
  SpawnedTask tcp = loop.spawn(answer_over_tcp(*listener));
  CaresOptions patient = options();
  patient.servers = {both_ways->endpoint()};
  patient.timeout = 5s;
  CaresResolver resolver(loop, patient);
  Addresses addresses = run(loop, resolver.resolve(*Hostname::parse("big.example")));
  ASSERT_TRUE(addresses) << text_of(addresses);
  EXPECT_EQ(addresses->size(), 200u);
}

TEST_F(CaresResolverTest, CancelledNamesAreForgotten) {
  CaresResolver resolver(loop, options());
  auto result =
      run(loop, with_deadline(loop, resolver.resolve(*Hostname::parse("silent.example")), loop.now() + 5ms));
  EXPECT_FALSE(result);
  EXPECT_EQ(text_of(run(loop, resolver.resolve(*Hostname::parse("v4only.example")))), "192.0.2.4");
}

Task<void> one_turn(Loop& loop) {
  co_await next_turn(loop);
}

Task<void> resolve_and_forget(Resolver& resolver, Hostname name, int& answered) {
  Addresses addresses = co_await resolver.resolve(std::move(name));
  EXPECT_TRUE(addresses);
  ++answered;
}

TEST_F(CaresResolverTest, CanBeCancelledAfterAnyNumberOfTurns) {
  int answered = 0;
  for (int turns = 0; turns < 12; ++turns) {
    CaresOptions few = options();
    few.most_queries = 2;  // the third waits for its place
    CaresResolver resolver(loop, few);
    std::vector<SpawnedTask> tasks;
    for (std::string_view name : {"both.example", "v4only.example", "v6only.example"})
      tasks.push_back(loop.spawn(resolve_and_forget(resolver, *Hostname::parse(name), answered)));
    for (int i = 0; i < turns; ++i) run(loop, one_turn(loop));
    tasks.clear();
    // Answers still come in for those that are gone, and the resolver goes on.
    for (int i = 0; i < turns % 3; ++i) run(loop, one_turn(loop));
    if (turns % 2 == 0) {
      EXPECT_EQ(text_of(run(loop, resolver.resolve(*Hostname::parse("v4only.example")))), "192.0.2.4");
    }
  }
  EXPECT_GT(answered, 0);
  EXPECT_LT(answered, 36);
  EXPECT_EQ(loop.watched(), 1u);  // the test's server alone
}

}  // namespace
}  // namespace astray
