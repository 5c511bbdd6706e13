#pragma once
// What RFC 9113 section 8 asks of field blocks.
#include <cstdint>
#include <optional>
#include <string_view>

#include "http2/event.h"
#include "http2/options.h"

namespace astray::http2 {

/// The first defect in the order of the fields; those of the whole block (missing_pseudo, bad_path) last. Not
/// too_large. :authority and Host are not looked at, except that the bytes of any value are checked.
HeadDefect request_defect(const Fields& fields, ExtendedConnect extended);
/// :status is the only pseudo-header field: missing_pseudo without it, bad_value unless three digits from 100
/// to 599. White space around values is let through, as clients do.
HeadDefect response_defect(const Fields& fields);
/// Trailers have no pseudo-header fields (RFC 9113 section 8.1).
HeadDefect trailers_defect(const Fields& fields);

/// Of a head without defect, in bytes.
std::optional<uint64_t> content_length(const Fields& fields);
/// Of a response head without defect.
int status_of(const Fields& fields);

/// True if a response to this method with this status has no body whatever content-length says (RFC 9110
/// section 6.4.1).
bool has_no_body(std::string_view request_method, int status);

}  // namespace astray::http2
