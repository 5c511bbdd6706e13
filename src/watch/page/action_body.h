#pragma once
// The JSON object that a request to change something has as its body, each member with its bounds.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "web/answer.h"
#include "web/request.h"

namespace astray::watch {

/// Takes one member after the other; the first that is wrong makes the refusal, and so does what nobody took.
class ActionBody {
 public:
  explicit ActionBody(const web::Request& request);
  ActionBody(const ActionBody&) = delete;
  ActionBody& operator=(const ActionBody&) = delete;
  ~ActionBody();

  /// One line of at most so many bytes; "" where it is null or not there.
  std::string text(std::string_view name, size_t most);
  /// Not empty.
  std::string needed_text(std::string_view name, size_t most);
  /// 0 where it was refused.
  uint64_t needed_number(std::string_view name, uint64_t least, uint64_t most);
  void complain(std::string sentence);

  /// 400 or 415, once all were taken; nothing when they are good.
  std::optional<web::Answer> refusal();

 private:
  struct Members;
  std::unique_ptr<Members> members_;
  int status_ = 400;
  std::string complaint_;
};

}  // namespace astray::watch
