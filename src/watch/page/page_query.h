#pragma once
// The parameters of a request to the page's API, each with its bounds.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "web/answer.h"
#include "web/request.h"

namespace astray::watch {

/// Takes one parameter after the other; the first that is wrong makes the refusal. What nobody took is wrong
/// too: a misspelled filter must not look like an answer.
class PageQuery {
 public:
  /// The request outlives it.
  explicit PageQuery(const web::Request& request) : request_(request) {}

  std::optional<std::string> text(std::string_view name);
  std::string needed_text(std::string_view name);
  /// `otherwise` where it was not sent.
  size_t number(std::string_view name, size_t least, size_t most, size_t otherwise);
  std::optional<size_t> number(std::string_view name, size_t least, size_t most);

  /// 400, once all were taken; nothing when they are good.
  std::optional<web::Answer> refusal();

 private:
  std::optional<std::string_view> take(std::string_view name);
  void complain(std::string sentence);

  const web::Request& request_;
  std::vector<std::string> taken_;
  std::string complaint_;
};

}  // namespace astray::watch
