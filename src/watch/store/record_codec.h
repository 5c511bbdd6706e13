#pragma once
// Records that are read as a whole and never searched (a problem with its evidence), as bytes. Any text comes
// back as it was, well-formed or not.
#include <optional>
#include <string>
#include <string_view>

#include "watch/model/problem.h"

namespace astray::watch {

std::string encode(const Problem& problem);
std::string encode(const CertificateRecord& certificate);
std::string encode(const CellAnswer& answer);

// Nothing for bytes that encode() does not write.
std::optional<Problem> decode_problem(std::string_view bytes);
std::optional<CertificateRecord> decode_certificate(std::string_view bytes);
std::optional<CellAnswer> decode_answer(std::string_view bytes);

}  // namespace astray::watch
