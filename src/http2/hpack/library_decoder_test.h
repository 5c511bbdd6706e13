#pragma once
// nghttp2's decoder, as the judge of ours and of what we encode. For tests and fuzz targets.
#include <nghttp2/nghttp2.h>

#include <string_view>

#include "base/check.h"
#include "http2/hpack/decoder.h"

namespace astray::http2::hpack::test {

class LibraryDecoder {
 public:
  LibraryDecoder() { CHECK(nghttp2_hd_inflate_new(&inflater_) == 0); }
  ~LibraryDecoder() { nghttp2_hd_inflate_del(inflater_); }
  LibraryDecoder(const LibraryDecoder&) = delete;
  LibraryDecoder& operator=(const LibraryDecoder&) = delete;

  void announce(size_t table_bytes) { CHECK(nghttp2_hd_inflate_change_table_size(inflater_, table_bytes) == 0); }
  /// Complete or malformed. Lines that came before a defect are given, too.
  HpackDecoder::Outcome decode(std::string_view block, Fields& fields) {
    for (;;) {
      nghttp2_nv line;
      int flags = 0;
      const auto* bytes = reinterpret_cast<const uint8_t*>(block.data());
      const ssize_t used = nghttp2_hd_inflate_hd2(inflater_, &line, &flags, bytes, block.size(), 1);
      if (used < 0) return HpackDecoder::Outcome::malformed;
      block.remove_prefix(static_cast<size_t>(used));
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0)
        fields.push_back({{reinterpret_cast<char*>(line.name), line.namelen},
                          {reinterpret_cast<char*>(line.value), line.valuelen}});
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) continue;
      nghttp2_hd_inflate_end_headers(inflater_);
      return HpackDecoder::Outcome::complete;
    }
  }

 private:
  nghttp2_hd_inflater* inflater_ = nullptr;
};

}  // namespace astray::http2::hpack::test
