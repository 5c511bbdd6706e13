#pragma once
// The Huffman code of RFC 7541 section 5.2 and appendix B.
#include <cstddef>
#include <string_view>

namespace astray::http2::hpack {

/// The bytes of `text` when it is coded.
size_t huffman_size(std::string_view text);
/// Writes so many bytes; one behind the last.
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
