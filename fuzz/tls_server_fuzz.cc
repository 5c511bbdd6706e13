// Input: one byte of settings, then what a client sends.
//   bits 0-1  client certificates: off, asked, required      bit 2  the client closes at the end
//   bit 3     ALPN is answered                                bit 4  at most TLS 1.2
//   bit 5     the server sends something
// OpenSSL draws constant "random" numbers here, so that what a recorded client sent completes the handshake.
// However the bytes are cut, the same things happen; the SNI that is told is the one in the ClientHello; a
// failure is the last event; what is sent stays small.

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/rand.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>

#include "base/check.h"
#include "tls/engine/server.h"

using namespace astray;

namespace {

// Made for this file, and known to everybody.
constexpr const char* certificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBSzCB/qADAgECAhRYmYYkT+1ydgVQkOUjLogz25HAXzAFBgMrZXAwETEPMA0G\n"
    "A1UEAwwGYS50ZXN0MCAXDTI2MTEyMTEwNTQzNFoYDzIxMjYxMDI4MTA1NDM0WjAR\n"
    "MQ8wDQYDVQQDDAZhLnRlc3QwKjAFBgMrZXADIQCUxr3twbr3GLgYepd6spBO1qaV\n"
    "sBZAZXy34j60Hq/p5aNmMGQwHQYDVR0OBBYEFNOt77auFlCgYgy5vqefikmVBxL6\n"
    "MB8GA1UdIwQYMBaAFNOt77auFlCgYgy5vqefikmVBxL6MA8GA1UdEwEB/wQFMAMB\n"
    "Af8wEQYDVR0RBAowCIIGYS50ZXN0MAUGAytlcANBAB7LrhHLIvIZ+InQePYGuZqz\n"
    "/zbXLR3cewJIfTS7JYxCthdAjhW/QzLrCiK2HotP/xDQ1emsJaMRFiNlF2QBjgs=\n"
    "-----END CERTIFICATE-----\n";
constexpr const char* key =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEINHmx69zc4xvkBbmEbO5sHHShxSW7RtNM1hk3enDo3XC\n"
    "-----END PRIVATE KEY-----\n";

int constant_bytes(unsigned char* bytes, int size) {
  for (int i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(0x11 + i % 97);
  return 1;
}
int ready() {
  return 1;
}
const RAND_METHOD constant_numbers = {nullptr, constant_bytes, nullptr, nullptr, constant_bytes, ready};

enum Setting : uint8_t { authentication = 3, closes = 4, answers_alpn = 8, old = 16, speaks = 32 };

std::shared_ptr<const tls::ServerContext> make_context(unsigned settings) {
  RAND_set_rand_method(&constant_numbers);
  tls::ServerHost host{
      tls::Identity::parse(certificate, key, "fuzz").value(), {}, {}, certificate, {}, {}, {}};
  if ((settings & answers_alpn) != 0) host.alpn = tls::AlpnList::of({"h2", "http/1.1"}).value();
  unsigned wanted = settings & authentication;
  host.client_authentication = static_cast<tls::ClientAuthentication>(wanted < 3 ? wanted : 0);
  host.min_version = tls::Version::tls1_0;
  host.max_version = (settings & old) != 0 ? tls::Version::tls1_2 : tls::Version::tls1_3;
  tls::ServerOptions options;
  options.hosts.push_back(std::move(host));
  options.leniency = tls::Leniency::lenient;
  options.choose = [](std::optional<std::string_view> name) -> tls::HostChoice {
    if (name && name->starts_with("no")) return tls::RefuseWithAlert{};
    return size_t{0};
  };
  return tls::ServerContext::create(std::move(options)).value();
}

const std::shared_ptr<const tls::ServerContext>& context_of(unsigned settings) {
  static std::array<std::shared_ptr<const tls::ServerContext>, 32> contexts;
  auto& context = contexts[settings & 31];
  if (!context) context = make_context(settings);
  return context;
}

struct Outcome {
  std::string events;
  std::string plaintext;
  bool operator==(const Outcome&) const = default;
};

struct Record {
  Outcome& outcome;
  std::string_view input;
  void operator()(const tls::Alert& alert) { note('a', alert.description); }
  void operator()(const tls::ClientAccepted& done) {
    note('d', static_cast<unsigned>(done.version));
    outcome.events.append(done.cipher).append(done.alpn.value_or("-"));
    if (!done.server_name) return;
    CHECK(!done.server_name->empty() && done.server_name->size() <= 255 &&
          !done.server_name->starts_with("no"));
    outcome.events.append(*done.server_name);
  }
  void operator()(const tls::Plaintext& plaintext) {
    CHECK(!plaintext.bytes.empty());
    outcome.plaintext += plaintext.bytes;
  }
  void operator()(const tls::PeerClosed& closed) { note('c', static_cast<unsigned>(closed.how)); }
  void operator()(const tls::Failure& failed) {
    note('f', static_cast<unsigned>(failed.kind));
    CHECK(!failed.sentence.empty());
    CHECK(failed.kind != tls::FailureKind::not_tls || input.starts_with(failed.first_bytes));
    outcome.events += failed.sentence + failed.first_bytes;
  }
  void note(char kind, unsigned fact) { outcome.events += kind + std::to_string(fact) + ' '; }
};

Outcome run(std::string_view bytes, unsigned settings, size_t piece) {
  tls::Server server(context_of(settings));
  if ((settings & speaks) != 0) server.send("HTTP/1.1 200 OK\r\n\r\n");
  Outcome outcome;
  size_t sent = 0;
  size_t events = 0;
  bool failed = false;
  std::array<char, 4096> buffer;
  auto turn = [&] {
    while (auto event = server.next_event()) {
      CHECK(!failed);
      CHECK(++events <= bytes.size() + 100);
      failed = std::holds_alternative<tls::Failure>(*event);
      std::visit(Record{outcome, bytes}, *event);
    }
    while (size_t size = server.write_to(buffer)) sent += size;
    CHECK(sent <= 20'000);
  };
  for (size_t at = 0; at < bytes.size(); at += piece) {
    std::string_view part = bytes.substr(at, piece);
    std::unique_ptr<char[]> own(new char[part.size()]);
    std::memcpy(own.get(), part.data(), part.size());
    server.receive({own.get(), part.size()});
    turn();
  }
  if ((settings & closes) != 0) server.receive_end();
  turn();
  turn();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 20'000) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  Outcome whole = run(bytes, data[0], size);
  CHECK(run(bytes, data[0], 1) == whole);
  CHECK(run(bytes, data[0], 1 + size / 3) == whole);
  return 0;
}
