#include "gateway/configuration/regex_problem.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <memory>

namespace astray::gateway {

std::optional<std::string> regex_problem(std::string_view pattern) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  const std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> code(
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), 0, &error, &offset,
                    nullptr),
      &pcre2_code_free);
  if (code) return std::nullopt;
  char message[160] = "";
  pcre2_get_error_message(error, reinterpret_cast<PCRE2_UCHAR*>(message), sizeof(message));
  return fmt::format("{} at offset {}", message, offset);
}

}  // namespace astray::gateway
