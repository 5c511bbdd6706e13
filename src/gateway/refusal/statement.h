#pragma once
// What the gateway says in an answer of its own, in each format. Internal to refusal/.
#include <optional>
#include <string>
#include <string_view>

#include "gateway/refusal/refusal_format.h"

namespace astray::gateway {

/// In the order in which it is said.
struct Statement {
  int status = 0;
  std::string_view reason{};  ///< a stable id
  std::string sentence{};     ///< without full stop
  std::string authority{};    ///< "" when nothing is known of it
  std::optional<std::string> sni{};
  std::string_view remedy{};  ///< a stable id; "" for none
  std::string advice{};       ///< what to do next; "" for nothing
};

/// Ready for any format but for its own escapes: UTF-8, without control characters, cut at 300 bytes.
std::string shown(std::string_view text);

std::string body_of(const Statement& statement, RefusalFormat format);

}  // namespace astray::gateway
