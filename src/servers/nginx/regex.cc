#include "servers/nginx/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <algorithm>

namespace astray::nginx {
namespace {

struct FreeMatch {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};

// A tenth of PCRE2's default: a pattern that needs more on a host name is a denial of service of its own.
constexpr uint32_t match_limit = 1'000'000;

}  // namespace

void Regex::Free::operator()(void* code) const {
  pcre2_code_free(static_cast<pcre2_code*>(code));
}

Result<Regex> Regex::compile(std::string_view pattern, Case letter_case) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                    letter_case == Case::insensitive ? PCRE2_CASELESS : 0, &error, &offset, nullptr);
  if (code == nullptr) {
    char message[160] = "";
    pcre2_get_error_message(error, reinterpret_cast<PCRE2_UCHAR*>(message), sizeof(message));
    return failure(fmt::format("{} in \"{}\" at offset {}", message, pattern, offset));
  }
  Regex regex;
  regex.code_.reset(code);
  pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &regex.capture_count_);
  // Without JIT support the interpreter matches: nothing to report.
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
  return regex;
}

Regex::Outcome Regex::match(std::string_view subject) const {
  thread_local const std::unique_ptr<pcre2_match_data, FreeMatch> data(pcre2_match_data_create(1, nullptr));
  thread_local const std::unique_ptr<pcre2_match_context, FreeMatch> context([] {
    pcre2_match_context* created = pcre2_match_context_create(nullptr);
    pcre2_set_match_limit(created, match_limit);
    return created;
  }());
  const int found =
      pcre2_match(static_cast<const pcre2_code*>(code_.get()), reinterpret_cast<PCRE2_SPTR>(subject.data()),
                  subject.size(), 0, 0, data.get(), context.get());
  if (found >= 0) return Outcome::match;
  return found == PCRE2_ERROR_NOMATCH ? Outcome::no_match : Outcome::failed;
}

Result<Regex> compile_server_name(std::string_view pattern) {
  const bool has_capital =
      std::any_of(pattern.begin(), pattern.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return Regex::compile(pattern, has_capital ? Regex::Case::insensitive : Regex::Case::sensitive);
}

}  // namespace astray::nginx
