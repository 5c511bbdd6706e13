#pragma once
// The path of a request, as the gateway looks at it.
//
// Routes are found with the raw bytes of the path, and these bytes are passed on. A back may read them in
// another way: it may resolve dot segments, decode what is percent-encoded, merge slashes, take a backslash
// for a slash, or cut off path parameters (";v=1"). Then a path that this gateway routes as one thing could
// be another thing there. So:
//  - what no reader should be asked to resolve is refused (path_problem): dot segments in any of these
//    spellings, encodings that are none, NUL;
//  - any other path must lead to the same route in the raw and in the canonical spelling (RouteTable).
// What is encoded twice ("%252e") is one encoding that decodes to text with a "%"; a back that decodes twice
// is broken and not provided for. Letter case counts.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace astray::gateway {

/// The target up to its query.
std::string_view path_of(std::string_view target);
/// From the "?" on; empty without one.
std::string_view query_of(std::string_view target);

enum class PathProblem : uint8_t {
  forbidden_byte,  ///< not printable ASCII, or '#'
  dot_segment,     ///< "." or ".." between separators, up to a ';'; plain or encoded
  bad_encoding,    ///< '%' without two hexadecimal digits (RFC 3986 §2.1)
  encoded_nul,     ///< "%00": ends the path for some readers
};
/// A part of a sentence: "it has a segment . or ..".
std::string_view describe(PathProblem problem);

/// Of a path that begins with "/", without query; absent: none. Answer 400.
std::optional<PathProblem> path_problem(std::string_view path);

/// Whether the path without problem is its own canonical spelling, for certain.
bool is_canonical(std::string_view path);

/// One spelling for all paths that a reader might take for the same: what RFC 3986 allows in a segment (§3.3)
/// is decoded, everything else is encoded with capitals; '\' and "%2F" are '/', slashes are merged, and
/// parameters are cut off. Of a path without problem.
std::string canonical_path(std::string_view path);

}  // namespace astray::gateway
