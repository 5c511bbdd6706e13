#pragma once
// What people tell the watcher: that somebody is at a problem, what they do not want to be told of for a while,
// what is to be asked soon.
#include <string>

#include "base/result.h"
#include "watch/model/silence.h"

namespace astray::watch {

struct ActionRefusal {
  enum class Kind : uint8_t {
    unknown,   ///< there is no such problem, name, node or silence
    too_many,  ///< for the moment
    store,     ///< it cannot be kept, so it is not done
  };
  Kind kind = Kind::unknown;
  std::string sentence;  ///< for people: what, and what to do
};
template <typename T>
using Acted = Result<T, ActionRefusal>;

/// Names on a connection to one node: `to` is asked for on one that was made for `from`; equal ones mean the name's
/// own answer.
struct PairOnNode {
  std::string from, to, node;
  bool operator==(const PairOnNode&) const = default;
};

class Actions {
 public:
  /// Of an open problem; a second time in the place of the first. The time is the watcher's.
  virtual Acted<void> acknowledge(const std::string& problem, Remark remark) = 0;
  /// From now on. Gives it its number.
  virtual Acted<Silence> silence(Silence silence) = 0;
  virtual Acted<void> end_silence(uint64_t number) = 0;
  /// In a round that begins within seconds, or as soon as the one under way has ended.
  virtual Acted<void> ask_soon(PairOnNode pair) = 0;

  /// That last at a time.
  static constexpr size_t most_silences = 200;
  /// Pairs that may be asked for within a minute.
  static constexpr size_t most_asked_soon = 10;

 protected:
  ~Actions() = default;
};

}  // namespace astray::watch
