// A peer's bytes are read by Http1Client three times: at once, one byte at a time, and in odd pieces. All
// must tell the same. No event may exceed a limit, and the order of events is the documented one.
#include <variant>

#include "base/check.h"
#include "http1/client.h"
#include "http1/transcript_test.h"
#include "http1_cuts.h"

using namespace astray;
using namespace astray::http1;

namespace {

constexpr Limits small{.head_bytes = 300,
                       .line_bytes = 100,
                       .target_bytes = 50,
                       .fields = 6,
                       .informational_responses = 2,
                       .chunk_extension_bytes = 20,
                       .trailer_bytes = 60};

class Watch {
 public:
  void see(const ClientEvent& event) {
    CHECK(!failed_);
    if (const auto* head = std::get_if<InformationalResponse>(&event)) {
      CHECK(stage_ == Stage::before_head);
      CHECK(head->status >= 100 && head->status < 200 && head->status != 101);
      CHECK(++informational_ <= small.informational_responses);
      see_fields(head->fields, small.head_bytes);
    } else if (const auto* response = std::get_if<ResponseHead>(&event)) {
      CHECK(stage_ == Stage::before_head);
      CHECK(response->status == 101 || (response->status >= 200 && response->status <= 999));
      CHECK(response->content_length.has_value() == (response->framing == Framing::content_length));
      CHECK(response->reason_phrase.size() <= small.line_bytes);
      see_fields(response->fields, small.head_bytes);
      stage_ = response->framing == Framing::tunnel ? Stage::upgrade : Stage::body;
      framing_ = response->framing;
      left_ = response->content_length.value_or(0);
    } else if (const auto* data = std::get_if<BodyData>(&event)) {
      CHECK(stage_ == Stage::body && !data->bytes.empty() && framing_ != Framing::no_body);
      if (framing_ == Framing::content_length) {
        CHECK(data->bytes.size() <= left_);
        left_ -= data->bytes.size();
      }
    } else if (const auto* trailers = std::get_if<Trailers>(&event)) {
      CHECK(stage_ == Stage::body && framing_ == Framing::chunked && trailers->fields.size() != 0);
      see_fields(trailers->fields, small.trailer_bytes);
      stage_ = Stage::trailers;
    } else if (const auto* end = std::get_if<ResponseEnd>(&event)) {
      CHECK(stage_ == Stage::body || stage_ == Stage::trailers);
      CHECK(end->framing == framing_ && left_ == 0);
      const bool must_close = framing_ == Framing::until_close || framing_ == Framing::tunnel;
      CHECK(!(must_close && end->keeps_alive == KeepsAlive::yes));
      stage_ = end->keeps_alive == KeepsAlive::yes ? Stage::before_head : Stage::closed;
      informational_ = 0;
    } else if (std::holds_alternative<Upgraded>(event)) {
      CHECK(stage_ == Stage::upgrade);
      stage_ = Stage::body;
    } else {
      const auto& failure = std::get<Failed>(event);
      CHECK(failure.status == 0 && failure.first_bytes.size() <= max_kept_first_bytes);
      failed_ = true;
    }
  }

 private:
  enum class Stage : uint8_t { before_head, upgrade, body, trailers, closed };

  static void see_fields(const Fields& fields, size_t limit) {
    CHECK(fields.size() <= small.fields);
    size_t bytes = 0;
    for (const Field& line : fields) {
      CHECK(!line.name.empty());
      for (std::string_view part : {line.name, line.value})
        CHECK(part.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
      bytes += line.name.size() + line.value.size();
    }
    CHECK(bytes <= limit);
  }

  Stage stage_ = Stage::before_head;
  Framing framing_{};
  uint64_t left_ = 0;
  size_t informational_ = 0;
  bool failed_ = false;
};

std::string read(const fuzzing::Input& input, size_t piece) {
  Http1Client client(small);
  const char* methods[] = {"GET", "HEAD", "CONNECT", "GET"};
  for (int i = 0; i < (input.choices & 3); ++i)
    client.send(Request{.method = methods[((input.choices >> 2) + i) & 3]});
  Transcript transcript;
  Watch watch;
  feed(client, input.bytes, piece, transcript, {[&](const ClientEvent& event) { watch.see(event); }});
  if ((input.choices & 0x80) != 0) {
    client.receive_end();
    feed(client, "", piece, transcript, {[&](const ClientEvent& event) { watch.see(event); }});
  }
  return transcript.text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  const fuzzing::Input input = fuzzing::input_of(data, size);
  const std::string whole = read(input, all_at_once);
  CHECK(read(input, 1) == whole);
  CHECK(read(input, 2 + static_cast<size_t>(input.choices >> 4 & 7) * 5) == whole);
  return 0;
}
