// First byte: piece size (low 4 bits), and whether preface, SETTINGS and a first request come ahead (top
// bit). The rest is what a client sends. Every request is answered when it is complete.
#include <string>
#include <variant>
#include <vector>

#include "base/check.h"
#include "http2/frame_reader.h"
#include "http2/raw_frames.h"
#include "http2/server.h"
#include "http2/test_peer.h"

using namespace astray;
using namespace astray::http2;

namespace {

struct Outcome {
  std::vector<std::string> lines;
  std::string sent;
};

Outcome run(std::string_view bytes, size_t piece) {
  Options options;
  options.stream_window = 300;
  options.header_list_bytes = 500;
  options.header_fields = 10;
  options.idle_frames = 50;
  options.resets = 5;
  options.concurrent_streams = 3;
  Http2Server server(options, {});

  Outcome outcome;
  size_t finals = 0;
  auto drain = [&] {
    while (auto event = server.next_event()) {
      CHECK(finals == 0);
      if (std::holds_alternative<ConnectionFailure>(*event) || std::holds_alternative<ConnectionEnd>(*event))
        ++finals;
      test::record(outcome.lines, *event);
      if (const auto* end = std::get_if<RequestEnd>(&*event); end != nullptr && end->stream % 4 == 1)
        CHECK(server.respond(end->stream, {{":status", "200"}}, "body").has_value());
      // At once: whether a stream is open yet when the next frame comes must not depend on the pieces.
      outcome.sent += test::written(server, 1000);
    }
    outcome.sent += test::written(server, 1000);
  };
  drain();
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    server.receive(bytes.substr(0, piece));
    drain();
  }
  server.receive_end();
  drain();
  CHECK(finals == 1 && !server.deadline());
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 16384) return 0;
  size_t piece = 1 + (data[0] & 15);
  std::string bytes;
  if ((data[0] & 0x80) != 0) {
    RawFrames ahead;
    ahead.preface().settings().settings_ack().headers(1, test::get("a.example"));
    bytes = ahead.bytes();
  }
  bytes.append(reinterpret_cast<const char*>(data) + 1, size - 1);

  Outcome whole = run(bytes, SIZE_MAX);
  Outcome pieces = run(bytes, piece);
  CHECK(whole.lines == pieces.lines);
  FrameReader reader;
  reader.receive(whole.sent);
  bool first = true;
  while (auto frame = reader.next_frame()) {
    if (first) CHECK(frame->type == FrameType::settings);
    first = false;
  }
  CHECK(reader.problem() == FrameReader::Problem::none && reader.unread() == 0 && !first);
  return 0;
}
