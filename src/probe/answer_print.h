#pragma once
// What of an answer is compared with other answers, as three digests from strict to lenient.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "probe/observation.h"
#include "probe/question.h"

namespace astray {

struct AnswerPrint {
  uint64_t exact = 0;   ///< status, Location and body
  uint64_t folded = 0;  ///< the same with the sent names taken out, so that pages that repeat them are equal;
                        ///< 0: the body is longer than its excerpt
  uint64_t outline = 0;  ///< status, Location without the sent names, media type: what a changing page keeps
};

/// The names that were sent, as a page might repeat them: lower case, longest first.
std::vector<std::string> sent_names(const ConnectionQuestion& connection, const RequestQuestion& request);

AnswerPrint print_of(const Observation& seen, const std::vector<std::string>& sent);

/// 64-bit FNV-1a, chained.
uint64_t hash_text(std::string_view text, uint64_t basis = 0xcbf29ce484222325u);
uint64_t hash_number(uint64_t number, uint64_t basis = 0xcbf29ce484222325u);

}  // namespace astray
