// A peer's bytes are read by Http1Server three times: at once, one byte at a time, and in odd pieces. All
// must tell the same. Every accepted request is written anew from its events, and parses to the same events;
// a naive second look at its raw head finds none of the spellings by which two readers disagree.
#include <variant>

#include "base/ascii.h"
#include "base/check.h"
#include "http1/server.h"
#include "http1/transcript_test.h"
#include "http1_cuts.h"

using namespace astray;
using namespace astray::http1;

namespace {

constexpr Limits small{.head_bytes = 300,
                       .line_bytes = 100,
                       .target_bytes = 50,
                       .fields = 6,
                       .chunk_extension_bytes = 20,
                       .trailer_bytes = 60,
                       .request_body_bytes = 200};

// One request as its events told it.
class Rewritten {
 public:
  void see(const ServerEvent& event) {
    if (const auto* head = std::get_if<RequestHead>(&event)) {
      see_head(*head);
      text_ = std::string(head->method) + " " + std::string(head->raw_target) +
              (head->version == Version::http_1_0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
      add_fields(head->fields);
      text_ += "\r\n";
      chunked_ = head->framing == Framing::chunked;
      content_.clear();
      trailers_.clear();
    } else if (const auto* data = std::get_if<BodyData>(&event)) {
      CHECK(!data->bytes.empty());
      content_ += data->bytes;
      CHECK(content_.size() <= small.request_body_bytes);
    } else if (const auto* trailers = std::get_if<Trailers>(&event)) {
      CHECK(chunked_ && trailers->fields.size() <= small.fields);
      std::swap(text_, trailers_);
      add_fields(trailers->fields);
      std::swap(text_, trailers_);
    } else if (std::holds_alternative<RequestEnd>(event)) {
      if (!chunked_) {
        text_ += content_;
      } else {
        for (char byte : content_) text_.append("1\r\n").append(1, byte).append("\r\n");
        text_ += "0\r\n" + trailers_ + "\r\n";
      }
      complete_ = true;
    } else {
      CHECK(std::get<Failed>(event).status == status_to_answer(std::get<Failed>(event).reason));
    }
  }
  bool complete() const { return complete_; }
  const std::string& text() const { return text_; }

 private:
  static void see_head(const RequestHead& head) {
    CHECK(head.raw_target.size() <= small.target_bytes && head.fields.size() <= small.fields);
    CHECK(head.content_length.has_value() == (head.framing == Framing::content_length));
    size_t lengths = 0;
    size_t codings = 0;
    for (const Field& line : head.fields) {
      const std::string name = ascii_lower(line.name);
      lengths += name == "content-length" ? 1 : 0;
      codings += name == "transfer-encoding" ? 1 : 0;
      if (name == "transfer-encoding") CHECK(ascii_lower(line.value) == "chunked");
      if (name == "content-length")
        CHECK(line.value.find_first_not_of("0123456789") == std::string_view::npos);
      for (char c : line.name) CHECK(c > ' ' && c != ':' && c != 0x7f);
      for (char c : line.value) CHECK(static_cast<unsigned char>(c) >= ' ' || c == '\t');
    }
    CHECK(lengths + codings <= 1);
    CHECK((codings == 1) == (head.framing == Framing::chunked));
  }
  void add_fields(const Fields& fields) {
    for (const Field& line : fields) text_.append(line.name).append(":").append(line.value).append("\r\n");
  }

  std::string text_, content_, trailers_;
  bool chunked_ = false;
  bool complete_ = false;
};

// Each complete request is answered at once, so that pipelined ones come too.
std::string read(const fuzzing::Input& input, size_t piece) {
  Http1Server server(small);
  Transcript transcript;
  feed(server, input.bytes, piece, transcript, {[&](const ServerEvent& event) {
         if (std::holds_alternative<RequestEnd>(event) && server.awaits_response())
           server.respond(Response{});
       }});
  if ((input.choices & 0x80) != 0) {
    server.receive_end();
    feed(server, "", piece, transcript);
  }
  return transcript.text();
}

// The events of the first request alone, which is not answered.
std::string read_first(std::string_view bytes, Rewritten& rewritten) {
  Limits limits = small;
  limits.head_bytes *= 2;
  limits.trailer_bytes *= 2;
  Http1Server server(limits);
  Transcript transcript;
  feed(server, bytes, all_at_once, transcript, {[&](const ServerEvent& event) { rewritten.see(event); }});
  return transcript.text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  const fuzzing::Input input = fuzzing::input_of(data, size);
  const std::string whole = read(input, all_at_once);
  CHECK(read(input, 1) == whole);
  CHECK(read(input, 2 + static_cast<size_t>(input.choices >> 4 & 7) * 5) == whole);

  Rewritten first, second;
  const std::string told = read_first(input.bytes, first);
  if (!first.complete()) return 0;
  CHECK(read_first(first.text(), second) == told);
  CHECK(second.text() == first.text());
  return 0;
}
