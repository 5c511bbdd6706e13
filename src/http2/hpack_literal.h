#pragma once
#include <string>
#include <string_view>

#include "http2/field.h"

namespace astray::http2 {

/// HPACK, the part that needs no state: every field is a literal without indexing with a new name (RFC 7541
/// section 6.2.2), strings are not Huffman-coded. Any bytes can be sent, and nothing is remembered by the
/// peer.
std::string literal_block(const Fields& fields);

/// A literal with incremental indexing and a new name (RFC 7541 section 6.2.1): the peer puts it into its
/// dynamic table.
std::string indexed_literal(const Field& field);
/// An indexed field (RFC 7541 section 6.1). 62 is the newest entry of the dynamic table.
std::string indexed_field(uint32_t index);

}  // namespace astray::http2
