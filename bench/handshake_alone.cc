// The same connections as in handshake.cc, but the handshake alone, by OpenSSL on the socket itself: the
// least that a client can spend. No certificate is verified, no ticket read.
//   handshake_alone ADDRESS PORT SECONDS
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

namespace {

[[noreturn]] void give_up(const char* why) {
  fmt::print(stderr, "handshake_alone: {}\n", why);
  std::exit(2);
}

int accept_any_chain(X509_STORE_CTX*, void*) {
  return 1;
}

void shake_hands(SSL_CTX* context, const sockaddr_in& address) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    give_up("cannot connect");
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, fd);
  SSL_set_tlsext_host_name(ssl, "bench.test");
  if (SSL_connect(ssl) != 1) give_up("no handshake");
  SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(ssl);
  ::close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) give_up("usage: handshake_alone ADDRESS PORT SECONDS");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(std::atoi(argv[2])));
  if (::inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) give_up("not an IPv4 address");
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_cert_verify_callback(context, accept_any_chain, nullptr);
  shake_hands(context, address);

  using Clock = std::chrono::steady_clock;
  auto end = Clock::now() + std::chrono::milliseconds(static_cast<long>(std::atof(argv[3]) * 1000));
  auto cpu_seconds = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  };
  double begun = cpu_seconds();
  long connections = 0;
  for (; Clock::now() < end; ++connections) shake_hands(context, address);
  fmt::print("{} {:.6f}\n", connections, cpu_seconds() - begun);
  SSL_CTX_free(context);
}
