#include "servers/httpd/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <memory>

namespace astray::httpd {
namespace {

struct FreeCode {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeMatchData {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
struct FreeMatchContext {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};

constexpr size_t max_pattern = 8192;
constexpr uint32_t match_limit = 100'000;

PCRE2_SPTR units(std::string_view text) {
  static constexpr char nothing[1] = {};
  return reinterpret_cast<PCRE2_SPTR>(text.empty() ? nothing : text.data());
}

}  // namespace

RegexAnswer search(std::string_view pattern, std::string_view subject) {
  if (pattern.size() > max_pattern) return RegexAnswer::bad_pattern;
  int error = 0;
  PCRE2_SIZE offset = 0;
  std::unique_ptr<pcre2_code, FreeCode> code(
      pcre2_compile(units(pattern), pattern.size(), PCRE2_DOLLAR_ENDONLY, &error, &offset, nullptr));
  if (!code) return RegexAnswer::bad_pattern;
  std::unique_ptr<pcre2_match_data, FreeMatchData> data(
      pcre2_match_data_create_from_pattern(code.get(), nullptr));
  std::unique_ptr<pcre2_match_context, FreeMatchContext> context(pcre2_match_context_create(nullptr));
  if (!data || !context) return RegexAnswer::bad_pattern;
  pcre2_set_match_limit(context.get(), match_limit);
  int found = pcre2_match(code.get(), units(subject), subject.size(), 0, 0, data.get(), context.get());
  if (found >= 0) return RegexAnswer::matches;
  return found == PCRE2_ERROR_NOMATCH ? RegexAnswer::differs : RegexAnswer::bad_pattern;
}

}  // namespace astray::httpd
