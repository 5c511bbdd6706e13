#pragma once
#include <cstdint>

#include "io/loop.h"

namespace astray {

/// How often one stream may go on without waiting in one turn of the loop, before others get theirs.
class TurnBudget {
 public:
  enum class Left { some, none };
  Left spend(const Loop& loop) {
    if (turn_ != loop.turn_number()) {
      turn_ = loop.turn_number();
      spent_ = 0;
    }
    return ++spent_ > most ? Left::none : Left::some;
  }

 private:
  static constexpr int most = 32;
  uint64_t turn_ = 0;
  int spent_ = 0;
};

}  // namespace astray
