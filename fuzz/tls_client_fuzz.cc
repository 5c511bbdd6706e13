// Input: one byte of settings, then what a server sends.
//   bit 0  sessions are kept        bit 1  the server closes at the end       bit 2  at most TLS 1.2
//   bit 3  TLS 1.2 and stronger ciphers only                                 bit 4  the client sends
// OpenSSL draws constant "random" numbers here, so that the ClientHello is always the same: a recorded answer
// of a server completes the handshake, and the fuzzer gets behind it. However the bytes are cut, the same
// things happen; a failure is the last of them, and what is sent stays small.

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/rand.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>

#include "base/check.h"
#include "tls/engine/client.h"

using namespace astray;

namespace {

// The same for every call, whoever asks first.
int constant_bytes(unsigned char* bytes, int size) {
  for (int i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(0x11 + i % 97);
  return 1;
}
int ready() {
  return 1;
}
const RAND_METHOD constant_numbers = {nullptr, constant_bytes, nullptr, nullptr, constant_bytes, ready};

enum Setting : uint8_t { keeps_sessions = 1, closes = 2, old = 4, modern = 8, speaks = 16 };

std::shared_ptr<const tls::ClientContext> make_context(unsigned settings) {
  RAND_set_rand_method(&constant_numbers);
  tls::ClientOptions options;
  options.sessions = (settings & keeps_sessions) != 0 ? tls::Sessions::kept : tls::Sessions::dropped;
  if ((settings & old) != 0) options.max_version = tls::Version::tls1_2;
  if ((settings & modern) != 0) {
    options.leniency = tls::Leniency::modern;
    options.min_version = tls::Version::tls1_2;
  }
  options.alpn = tls::AlpnList::of({"h2", "http/1.1"}).value();
  return tls::ClientContext::create(std::move(options)).value();
}

const std::shared_ptr<const tls::ClientContext>& context_of(unsigned settings) {
  static std::array<std::shared_ptr<const tls::ClientContext>, 16> contexts;
  auto& context = contexts[settings & 15];
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
  void operator()(const tls::Alert& alert) {
    note('a', {alert.description, static_cast<uint8_t>(alert.direction)});
  }
  void operator()(const tls::HandshakeDone& done) {
    note('d', {static_cast<uint8_t>(done.version), static_cast<uint8_t>(done.kind)});
    outcome.events.append(done.cipher).append(done.alpn.value_or("-"));
    size_t bytes = 0;
    for (std::string_view der : done.peer_chain) bytes += der.size();
    CHECK(bytes <= tls::Limits{}.max_chain_bytes);
    outcome.events += std::to_string(bytes);
    if (done.certificate_request != nullptr) {
      for (const std::string& name : done.certificate_request->authorities) outcome.events += name;
    }
  }
  void operator()(const tls::Plaintext& plaintext) {
    CHECK(!plaintext.bytes.empty());
    outcome.plaintext += plaintext.bytes;
  }
  void operator()(const tls::NewSession& made) {
    note('s', {static_cast<uint8_t>(made.session.version()), static_cast<uint8_t>(made.session.resumable())});
  }
  void operator()(const tls::PeerClosed& closed) { note('c', {static_cast<uint8_t>(closed.how)}); }
  void operator()(const tls::Failure& failed) {
    note('f', {static_cast<uint8_t>(failed.kind)});
    CHECK(!failed.sentence.empty());
    CHECK(failed.first_bytes.size() <= 64);
    outcome.events += failed.sentence + failed.first_bytes;
  }
  void note(char kind, std::initializer_list<uint8_t> facts) {
    outcome.events += kind;
    for (uint8_t fact : facts) outcome.events += std::to_string(fact) + ' ';
  }
};

Outcome run(std::string_view bytes, unsigned settings, size_t piece) {
  auto client = tls::Client::create(context_of(settings), {"a.test", {}, {}}).value();
  // It never closes: a client that has sent close_notify sends no alert, so that it would matter when.
  if ((settings & speaks) != 0) client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
  Outcome outcome;
  size_t sent = 0;
  size_t events = 0;
  bool failed = false;
  std::array<char, 4096> buffer;
  auto turn = [&] {
    while (auto event = client.next_event()) {
      CHECK(!failed);
      CHECK(++events <= bytes.size() + 100);
      failed = std::holds_alternative<tls::Failure>(*event);
      std::visit(Record{outcome}, *event);
    }
    while (size_t size = client.write_to(buffer)) sent += size;
    CHECK(sent <= 20'000);
  };
  turn();
  for (size_t at = 0; at < bytes.size(); at += piece) {
    // A buffer of its own for each piece: ASan sees who reads it after its time.
    std::string_view part = bytes.substr(at, piece);
    std::unique_ptr<char[]> own(new char[part.size()]);
    std::memcpy(own.get(), part.data(), part.size());
    client.receive({own.get(), part.size()});
    turn();
  }
  if ((settings & closes) != 0) client.receive_end();
  turn();
  turn();  // what write_to met
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
