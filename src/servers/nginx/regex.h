#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace astray::nginx {

/// A compiled PCRE2 expression, as nginx compiles them. Immutable: several threads may match with it.
class Regex {
 public:
  enum class Case : uint8_t { sensitive, insensitive };
  enum class Outcome : uint8_t { no_match, match, failed };  ///< failed: a match limit was hit

  static Result<Regex> compile(std::string_view pattern, Case letter_case);

  Outcome match(std::string_view subject) const;
  bool has_captures() const { return capture_count_ != 0; }

 private:
  struct Free {
    void operator()(void* code) const;
  };
  std::unique_ptr<void, Free> code_;
  uint32_t capture_count_ = 0;
};

/// For server_name: without regard to case when the expression has a capital letter
/// (ngx_http_core_server_name); the names it is matched with are lower case.
Result<Regex> compile_server_name(std::string_view pattern);

}  // namespace astray::nginx
