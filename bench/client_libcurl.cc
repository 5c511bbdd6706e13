// The same requests as client_astray.cc's, by libcurl's multi interface as its manual has it for many
// transfers: curl_multi_socket_action() over epoll, easy handles used again, CURLPIPE_MULTIPLEX. The same
// arguments and output:
//   client_libcurl h1|h2 AT_ONCE REQUESTS URL AUTHORITIES.pem
#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void give_up(std::string_view why) {
  fmt::print(stderr, "client_libcurl: {}\n", why);
  std::exit(2);
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct State {
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  CURLM* multi = curl_multi_init();
  bool timer_is_set = false;
  Clock::time_point timer;
  uint64_t body_bytes = 0;
  size_t left = 0;                       ///< requests that nobody has begun
  size_t running = 0;                    ///< begun and not ended
  long version = CURL_HTTP_VERSION_1_1;  ///< that answers must come in
  long connections = 0;                  ///< opened
};

int on_socket(CURL*, curl_socket_t socket, int what, void* pointer, void* known) {
  auto& state = *static_cast<State*>(pointer);
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(state.epoll, EPOLL_CTL_DEL, socket, nullptr);
    curl_multi_assign(state.multi, socket, nullptr);
    return 0;
  }
  epoll_event event{};
  if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
  if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
  event.data.fd = socket;
  epoll_ctl(state.epoll, known != nullptr ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
  curl_multi_assign(state.multi, socket, &state);
  return 0;
}

int on_timer(CURLM*, long milliseconds, void* pointer) {
  auto& state = *static_cast<State*>(pointer);
  state.timer_is_set = milliseconds >= 0;
  state.timer = Clock::now() + std::chrono::milliseconds(milliseconds);
  return 0;
}

size_t on_body(char*, size_t size, size_t count, void* pointer) {
  static_cast<State*>(pointer)->body_bytes += size * count;
  return size * count;
}

void begin(State& state, CURL* easy) {
  --state.left;
  ++state.running;
  curl_multi_add_handle(state.multi, easy);
}

void take_ended(State& state) {
  int waiting = 0;
  while (CURLMsg* message = curl_multi_info_read(state.multi, &waiting)) {
    CURL* easy = message->easy_handle;
    if (message->data.result != CURLE_OK) give_up(curl_easy_strerror(message->data.result));
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) give_up(fmt::format("status {}", status));
    long version = 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    if (version != state.version) give_up(fmt::format("another HTTP version: {}", version));
    long opened = 0;
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &opened);
    state.connections += opened;
    curl_multi_remove_handle(state.multi, easy);
    --state.running;
    if (state.left != 0) begin(state, easy);
  }
}

int milliseconds_left(const State& state) {
  if (!state.timer_is_set) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(state.timer - Clock::now()).count();
  return static_cast<int>(std::max<decltype(left)>(left, 0));
}

void run(State& state, const std::vector<CURL*>& handles, size_t requests) {
  state.left = requests;
  for (CURL* easy : handles)
    if (state.left != 0) begin(state, easy);
  int under_way = 0;
  while (state.running != 0) {
    epoll_event events[256];
    const int count = epoll_wait(state.epoll, events, std::size(events), milliseconds_left(state));
    if (state.timer_is_set && Clock::now() >= state.timer) {
      state.timer_is_set = false;
      curl_multi_socket_action(state.multi, CURL_SOCKET_TIMEOUT, 0, &under_way);
    }
    for (int i = 0; i < count; ++i) {
      int what = 0;
      if ((events[i].events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
      if ((events[i].events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
      if ((events[i].events & (EPOLLERR | EPOLLHUP)) != 0) what |= CURL_CSELECT_ERR;
      curl_multi_socket_action(state.multi, events[i].data.fd, what, &under_way);
    }
    take_ended(state);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) give_up("usage: client_libcurl h1|h2 AT_ONCE REQUESTS URL AUTHORITIES.pem");
  const bool h2 = std::string_view(argv[1]) == "h2";
  const long at_once = std::atol(argv[2]);
  const auto requests = static_cast<size_t>(std::atol(argv[3]));
  const std::string url = argv[4];
  // "https://HOST:PORT/…": CURLOPT_RESOLVE takes HOST:PORT:ADDRESS.
  const size_t host = url.find("//") + 2;
  const std::string place = url.substr(host, url.find('/', host) - host);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  curl_slist* resolve = curl_slist_append(nullptr, (place + ":127.0.0.1").c_str());

  State state;
  curl_multi_setopt(state.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(state.multi, CURLMOPT_SOCKETDATA, &state);
  curl_multi_setopt(state.multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(state.multi, CURLMOPT_TIMERDATA, &state);
  curl_multi_setopt(state.multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(state.multi, CURLMOPT_MAX_CONCURRENT_STREAMS, at_once);
  curl_multi_setopt(state.multi, CURLMOPT_MAX_HOST_CONNECTIONS, h2 ? 1L : at_once);
  curl_multi_setopt(state.multi, CURLMOPT_MAXCONNECTS, at_once);
  std::vector<CURL*> handles;
  for (long i = 0; i < at_once; ++i) {
    CURL* easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_RESOLVE, resolve);
    curl_easy_setopt(easy, CURLOPT_CAINFO, argv[5]);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, h2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "curl/7.88.1");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &state);
    // The most that it takes; it is for downloads and makes short answers no dearer.
    if (at_once == 1) curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, static_cast<long>(CURL_MAX_READ_SIZE));
    handles.push_back(easy);
  }

  if (h2) state.version = CURL_HTTP_VERSION_2_0;
  if (requests != 1) run(state, handles, static_cast<size_t>(at_once));
  state.body_bytes = 0;
  const auto began = Clock::now();
  const double cpu_before = cpu_seconds();
  run(state, handles, requests);
  const double cpu = cpu_seconds() - cpu_before;
  const std::chrono::duration<double> seconds = Clock::now() - began;
  const long expected = h2 ? 1 : at_once;
  if (state.connections != expected)
    give_up(fmt::format("{} connections instead of {}", state.connections, expected));
  fmt::print("{} {} {:.6f} {:.6f}\n", requests, state.body_bytes, cpu, seconds.count());
  for (CURL* easy : handles) curl_easy_cleanup(easy);
  curl_multi_cleanup(state.multi);
  curl_slist_free_all(resolve);
  close(state.epoll);
  curl_global_cleanup();
}
