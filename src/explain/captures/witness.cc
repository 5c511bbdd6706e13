#include "explain/captures/witness.h"

#include <array>

namespace astray::explain {
namespace {

struct Words {
  std::string_view id;
  std::string_view sentence;
};

// In the order of the enumeration.
constexpr std::array<Words, trouble_count> words = {{
    {"unreadable-line", "no known log format fits; --log-format gives one"},
    {"other-format", "the format changes within the source"},
    {"long-line", "longer than 1 MiB, so it was not read"},
    {"bad-utf8", "has bytes that are no UTF-8, which were replaced"},
    {"truncated", "the source ends within a line"},
    {"clock-back", "the time goes back by more than five minutes"},
    {"reused-id", "a connection's number came up again for another connection"},
}};

}  // namespace

std::string_view to_string(Trouble trouble) {
  return words[static_cast<size_t>(trouble)].id;
}
std::string_view sentence_of(Trouble trouble) {
  return words[static_cast<size_t>(trouble)].sentence;
}

}  // namespace astray::explain
