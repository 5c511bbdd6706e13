#include "gateway/routing/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <algorithm>

#include "base/check.h"

namespace astray::gateway {
namespace {

// PCRE2 counts its attempts anew at each place where the match might begin, and stops the whole search when
// one place has too many. With an anchor there is one place; without, the steps are shared among all.
constexpr uint32_t most_steps = 200'000;
constexpr uint32_t least_steps_at_a_place = 1'000;
constexpr uint32_t most_depth = 10'000;
constexpr uint32_t most_heap_kibibytes = 256;

struct RegexWorkspace {
  std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> data{
      pcre2_match_data_create(1, nullptr), &pcre2_match_data_free};
  std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)> context{
      pcre2_match_context_create(nullptr), &pcre2_match_context_free};

  RegexWorkspace() {
    CHECK(data && context);
    pcre2_set_depth_limit(context.get(), most_depth);
    pcre2_set_heap_limit(context.get(), most_heap_kibibytes);
  }
};

}  // namespace

struct Regex::Code {
  std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> compiled;
  bool anchored;
};

Result<Regex, std::string> Regex::compile(std::string_view pattern) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> compiled(
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), 0, &error, &offset,
                    nullptr),
      &pcre2_code_free);
  if (!compiled) {
    char message[160] = "";
    pcre2_get_error_message(error, reinterpret_cast<PCRE2_UCHAR*>(message), sizeof(message));
    return Failure<std::string>(fmt::format("{} at offset {}", message, offset));
  }
  // Where it fails there is no compiler for this machine, and the interpreter does it.
  pcre2_jit_compile(compiled.get(), PCRE2_JIT_COMPLETE);
  uint32_t options = 0;
  pcre2_pattern_info(compiled.get(), PCRE2_INFO_ALLOPTIONS, &options);
  return Regex(std::make_shared<const Code>(Code{std::move(compiled), (options & PCRE2_ANCHORED) != 0}));
}

Regex::Found Regex::find_in(std::string_view subject) const {
  if (subject.size() > most_regex_subject_bytes) return Found::gave_up;
  thread_local const RegexWorkspace workspace;
  const auto places = static_cast<uint32_t>(code_->anchored ? 1 : subject.size() + 1);
  pcre2_set_match_limit(workspace.context.get(), std::max(least_steps_at_a_place, most_steps / places));
  // PCRE2 10.42 and older take no null pointer.
  const char* const begin = subject.empty() ? "" : subject.data();
  const int result = pcre2_match(code_->compiled.get(), reinterpret_cast<PCRE2_SPTR>(begin), subject.size(),
                                 0, 0, workspace.data.get(), workspace.context.get());
  // 0: it matched, and there are more groups than the workspace has room for.
  if (result >= 0) return Found::yes;
  return result == PCRE2_ERROR_NOMATCH ? Found::no : Found::gave_up;
}

}  // namespace astray::gateway
