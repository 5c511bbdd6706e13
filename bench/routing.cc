// What it costs the gateway to take a request over, to find its route, and to make it ready for the back:
//   cmake --preset bench && ninja -C build/bench routing && build/bench/bench/routing
//
// The request is a browser's with 12 fields. Tables have 1, 10 and 1000 routes: prefixes of two segments
// under ten first segments, the last of which is asked for, behind it one that takes everything.
//
//   h1        take_request_head() of the HTTP/1.1 engine's head (copies the fields), and destroying it
//   h2        the same of the HTTP/2 engine's fields (moves them), with making them
//   + match   more for RouteTable::match()
//   + prepare more for prepare_request(): five fields about the client, and Via
// One request after the other, as a worker has them, so that memory is warm.
// Times are CPU time, nanoseconds for one request, medians of 9 rounds.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "base/check.h"
#include "gateway/routing/prepare_request.h"
#include "gateway/routing/take_request_head.h"

namespace {

using namespace astray;
using namespace astray::gateway;

constexpr int rounds = 9;
constexpr size_t requests = 20'000;

double cpu_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

const http1::Field lines[] = {
    {"Host", "www.example.com"},
    {"Connection", "keep-alive"},
    {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"},
    {"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
    {"Accept-Language", "en-US,en;q=0.5"},
    {"Accept-Encoding", "gzip, deflate, br, zstd"},
    {"Referer", "https://www.example.com/shop/index.html"},
    {"Cookie", "session=0123456789abcdef0123456789abcdef; theme=dark"},
    {"Upgrade-Insecure-Requests", "1"},
    {"Sec-Fetch-Dest", "document"},
    {"Sec-Fetch-Mode", "navigate"},
    {"Priority", "u=0, i"},
};

http1::RequestHead http1_head(std::string_view target) {
  http1::RequestHead head;
  head.method = "GET";
  head.raw_target = target;
  head.target.form = http1::TargetForm::origin;
  head.target.path_and_query = target;
  head.version = http1::Version::http_1_1;
  head.fields = http1::Fields(lines);
  head.framing = http1::Framing::no_body;
  return head;
}

http2::Fields http2_fields(std::string_view target) {
  http2::Fields fields{{":method", "GET"},
                       {":scheme", "https"},
                       {":authority", "www.example.com"},
                       {":path", std::string(target)}};
  for (const http1::Field& line : lines) {
    if (line.name == "Connection" || line.name == "Host") continue;
    fields.emplace_back_lower(line.name, line.value);
  }
  return fields;
}

std::string prefix_of(size_t route) {
  return fmt::format("/section-{}/part-{}", route % 10, route);
}

RouteTable table_of(size_t size) {
  std::vector<RouteSettings> routes(size);
  for (size_t i = 0; i < size; ++i) {
    routes[i].backs.push_back({{{"a"}}});
    if (i + 1 < size) routes[i].match.prefix = UrlPathText{prefix_of(i)};
  }
  Named<BackSettings> backs;
  backs.emplace_back().name.value.text = "a";
  return RouteTable::compile(routes, backs).value();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// Nanoseconds for one request, which `run` handles.
template <typename Run>
double measured(Run run) {
  const double before = cpu_nanoseconds();
  for (size_t i = 0; i < requests; ++i) run();
  return (cpu_nanoseconds() - before) / requests;
}

struct Times {
  std::vector<double> http1, http2, match, prepare;
};

class World {
 public:
  explicit World(size_t routes)
      : table_(table_of(routes)),
        target_(prefix_of(routes < 2 ? 0 : routes - 2) + "/page.html?session=1"),
        http1_(http1_head(target_)),
        http2_(http2_fields(target_)) {}

  void one_round(Times& times) const {
    const double http1 = measured([&] { take_http1(); });
    times.http1.push_back(http1);
    times.http2.push_back(
        measured([&] { CHECK(take_request_head(http2_, Scheme::https, "www.example.com", Body::none)); }));
    const double match = measured([&] { CHECK(table_.match(take_http1()).route != nullptr); });
    times.match.push_back(match - http1);
    times.prepare.push_back(measured([&] {
                              RequestHead head = take_http1();
                              const Route* const route = table_.match(head).route;
                              prepare_request(head, *route, client_, asked_, ReceivedOver::http1_1);
                            }) -
                            match);
  }

 private:
  RequestHead take_http1() const {
    return take_request_head(http1_, Scheme::https, "www.example.com").value();
  }

  RouteTable table_;
  std::string target_;
  http1::RequestHead http1_;
  http2::Fields http2_;
  ClientFacts client_{Endpoint::parse("198.51.100.17:50123").value(), PeerTrust::stranger};
  Origin asked_ = Origin::parse("https://www.example.com").value();
};

}  // namespace

int main() {
  fmt::print("{:>7} {:>7} {:>7} {:>8} {:>10}   ns for one request\n", "routes", "h1", "h2", "+ match",
             "+ prepare");
  for (const size_t size : {1, 10, 1000}) {
    const World world(size);
    Times times;
    for (int round = 0; round < rounds; ++round) world.one_round(times);
    fmt::print("{:>7} {:>7.0f} {:>7.0f} {:>8.0f} {:>10.0f}\n", size, median(times.http1), median(times.http2),
               median(times.match), median(times.prepare));
  }
}
