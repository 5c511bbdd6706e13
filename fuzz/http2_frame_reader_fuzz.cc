// First byte: piece size. The rest is read as frames, as a field for HPACK, and as payloads.
#include "http2/frame_reader.h"

#include <nghttp2/nghttp2.h>

#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "http2/frame_payloads.h"
#include "http2/hpack_literal.h"
#include "http2/raw_frames.h"

using namespace astray;
using namespace astray::http2;

namespace {

struct Rewritten {
  std::string bytes;  ///< of every frame that was read
  FrameReader::Problem problem;
  size_t unread;
};

Rewritten rewrite(std::string_view bytes, size_t piece) {
  FrameReader reader(FrameReader::Preface::none, 1000);
  RawFrames raw;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    reader.receive(bytes.substr(0, piece));
    while (auto frame = reader.next_frame()) raw.frame(*frame);
  }
  return {raw.bytes(), reader.problem(), reader.unread()};
}

// What nghttp2 tells a client of one frame behind SETTINGS.
struct Library {
  std::optional<std::vector<std::string>> origins;
  std::optional<std::string> altsvc;  ///< origin, line feed, value
};

int note(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  auto& seen = *static_cast<Library*>(user_data);
  auto text = [](const uint8_t* bytes, size_t size) { return std::string(bytes, bytes + size); };
  if (frame->hd.type == NGHTTP2_ORIGIN) {
    auto* origin = static_cast<nghttp2_ext_origin*>(frame->ext.payload);
    seen.origins.emplace();
    for (size_t i = 0; i < origin->nov; ++i)
      seen.origins->push_back(text(origin->ov[i].origin, origin->ov[i].origin_len));
  }
  if (frame->hd.type == NGHTTP2_ALTSVC) {
    auto* altsvc = static_cast<nghttp2_ext_altsvc*>(frame->ext.payload);
    seen.altsvc =
        text(altsvc->origin, altsvc->origin_len) + "\n" + text(altsvc->field_value, altsvc->field_value_len);
  }
  return 0;
}

Library read_by_library(FrameType type, std::string_view payload) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_option* option = nullptr;
  nghttp2_session* session = nullptr;
  CHECK(nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&option) == 0);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, note);
  nghttp2_option_set_builtin_recv_extension_type(option, NGHTTP2_ORIGIN);
  nghttp2_option_set_builtin_recv_extension_type(option, NGHTTP2_ALTSVC);
  Library seen;
  CHECK(nghttp2_session_client_new2(&session, callbacks, &seen, option) == 0);
  RawFrames raw;
  raw.settings().frame({.type = type, .payload = payload});
  nghttp2_session_mem_recv(session, reinterpret_cast<const uint8_t*>(raw.bytes().data()), raw.bytes().size());
  nghttp2_session_del(session);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  return seen;
}

void check_payloads(std::string_view payload) {
  OriginPayload origins = read_origin_payload(payload);
  Library library = read_by_library(FrameType::origin, payload);
  // nghttp2 drops the whole frame for an incomplete entry; this reader drops only that entry.
  CHECK(library.origins.has_value() == (origins.malformed_bytes == 0));
  if (library.origins) {
    std::erase(*library.origins, std::string());
    CHECK((std::vector<std::string>(origins.origins.begin(), origins.origins.end()) == *library.origins));
  }
  std::string again = RawFrames().origin(origins.origins).bytes();
  OriginPayload reread = read_origin_payload(std::string_view(again).substr(frame_header_bytes));
  CHECK(reread.origins == origins.origins && reread.malformed_bytes == 0);

  auto altsvc = read_altsvc_payload(payload);
  library = read_by_library(FrameType::altsvc, payload);
  // On stream 0 nghttp2 passes on only what names an origin, and no empty value.
  CHECK(library.altsvc.has_value() == (altsvc && !altsvc->origin.empty() && !altsvc->value.empty()));
  if (library.altsvc)
    CHECK(*library.altsvc == std::string(altsvc->origin) + "\n" + std::string(altsvc->value));
  if (altsvc)
    CHECK(RawFrames().altsvc(0, altsvc->origin, altsvc->value).bytes().substr(frame_header_bytes) == payload);

  if (auto settings = read_settings_payload(payload))
    CHECK(RawFrames().settings(*settings).bytes().substr(frame_header_bytes) == payload);
}

void check_hpack(std::string_view bytes) {
  const Field field = {bytes.substr(0, bytes.size() / 3), bytes.substr(bytes.size() / 3)};
  std::string block = literal_block({field});
  nghttp2_hd_inflater* inflater = nullptr;
  CHECK(nghttp2_hd_inflate_new(&inflater) == 0);
  nghttp2_nv read;
  int flags = 0;
  ssize_t used = nghttp2_hd_inflate_hd2(inflater, &read, &flags,
                                        reinterpret_cast<const uint8_t*>(block.data()), block.size(), 1);
  CHECK(used == static_cast<ssize_t>(block.size()) && (flags & NGHTTP2_HD_INFLATE_EMIT) != 0);
  CHECK(std::string(read.name, read.name + read.namelen) == field.name);
  CHECK(std::string(read.value, read.value + read.valuelen) == field.value);
  nghttp2_hd_inflate_del(inflater);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 8192) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

  Rewritten whole = rewrite(bytes, SIZE_MAX);
  Rewritten pieces = rewrite(bytes, 1 + data[0] % 32);
  CHECK(whole.bytes == bytes.substr(0, whole.bytes.size()));
  CHECK(whole.bytes == pieces.bytes && whole.problem == pieces.problem);
  if (whole.problem == FrameReader::Problem::none) {
    CHECK(whole.bytes.size() + whole.unread == bytes.size());
    CHECK(whole.unread == pieces.unread);
  }
  check_payloads(bytes);
  check_hpack(bytes);
  return 0;
}
