#pragma once
// The Huffman code of RFC 7541 section 5.2 and appendix B.
#include <cstddef>
#include <string_view>

namespace astray::http2::hpack {

/// Writes `text` coded to where there is room for it as it is; one behind the last byte. Null if it is not
/// shorter when it is coded.
char* put_huffman(char* to, std::string_view text);

/// What is decoded from so many bytes is not longer: the shortest code has 5 bits.
constexpr size_t most_of_huffman(size_t coded_bytes) {
  return coded_bytes * 8 / 5;
}
/// Writes what `coded` stands for to where there is room for most_of_huffman(); one behind the last byte.
/// Null where section 5.2 asks for an error: EOS, a padding of more than 7 bits, or one that is not the
/// beginning of EOS.
char* read_huffman(char* to, std::string_view coded);

}  // namespace astray::http2::hpack
