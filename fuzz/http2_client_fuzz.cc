// First byte: requests (low 3 bits), piece size (next 4 bits), and whether SETTINGS and an answer to the
// first request come ahead. The rest is what a server sends.
#include <string>
#include <variant>
#include <vector>

#include "base/check.h"
#include "http2/client.h"
#include "http2/frame_reader.h"
#include "http2/raw_frames.h"
#include "http2/test_peer.h"

using namespace astray;
using namespace astray::http2;

namespace {

struct Outcome {
  std::vector<std::string> lines;
  std::string sent;
  size_t finals = 0;
};

bool is_final(const Http2Client::Event& event) {
  return std::holds_alternative<ConnectionFailure>(event) || std::holds_alternative<ConnectionEnd>(event);
}

Outcome run(size_t requests, std::string_view bytes, size_t piece) {
  Options options;
  options.stream_window = 300;
  options.header_list_bytes = 2000;
  options.header_fields = 20;
  options.idle_frames = 50;
  Http2Client client(options, {});
  for (size_t i = 0; i < requests; ++i) CHECK(client.request(test::get("a.example")).has_value());

  Outcome outcome;
  auto drain = [&] {
    while (auto event = client.next_event()) {
      CHECK(outcome.finals == 0);
      if (is_final(*event)) ++outcome.finals;
      test::record(outcome.lines, *event);
    }
    outcome.sent += test::written(client, 1000);
  };
  drain();
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    client.receive(bytes.substr(0, piece));
    drain();
  }
  client.receive_end();
  drain();
  CHECK(outcome.finals == 1);
  CHECK(!client.deadline());
  return outcome;
}

/// Events of a stream come in the order that event.h draws, and none after its end.
void check_order(const std::vector<std::string>& lines) {
  std::vector<std::string> over;
  for (const std::string& line : lines) {
    std::string stream = line.substr(0, line.find(' '));
    for (const std::string& ended : over) CHECK(stream != ended);
    bool ends = line == stream + " end" || line.starts_with(stream + " reset ");
    if (ends) over.push_back(stream);
  }
}

void check_sent(std::string_view sent) {
  FrameReader reader(FrameReader::Preface::expected);
  reader.receive(sent);
  bool first = true;
  while (auto frame = reader.next_frame()) {
    if (first) CHECK(frame->type == FrameType::settings);
    first = false;
  }
  CHECK(reader.problem() == FrameReader::Problem::none && reader.unread() == 0 && !first);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 16384) return 0;
  size_t requests = data[0] & 7;
  size_t piece = 1 + (data[0] >> 3 & 15);
  std::string bytes;
  if ((data[0] & 0x80) != 0) {
    RawFrames ahead;
    ahead.settings().settings_ack();
    if (requests != 0) ahead.headers(1, {{":status", "200"}});
    bytes = ahead.bytes();
  }
  bytes.append(reinterpret_cast<const char*>(data) + 1, size - 1);

  Outcome whole = run(requests, bytes, SIZE_MAX);
  Outcome pieces = run(requests, bytes, piece);
  CHECK(whole.lines == pieces.lines);
  CHECK(whole.sent == pieces.sent);
  check_order(whole.lines);
  check_sent(whole.sent);
  return 0;
}
