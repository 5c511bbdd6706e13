#pragma once
// Standard output, shared by the answers of several URLs: they never mix, and come in the order of the
// command line. One answer has the turn at a time; the others are held back by their flow, so that memory
// stays small.
#include <string>
#include <string_view>
#include <vector>

#include "cli/output.h"
#include "client/response.h"

namespace astray {

class OutputTurns {
 public:
  /// Both outlive it.
  OutputTurns(Output& output, Output& errors, size_t speakers)
      : output_(output), errors_(errors), speakers_(speakers) {}

  /// Written at once by whoever has the turn; kept for later otherwise, and then `pause` is the answer.
  client::Demand write(size_t speaker, std::string_view bytes);
  /// Whom to tell when the turn comes; nullptr: nobody any more. One that was told to pause must be set by
  /// then.
  void set_flow(size_t speaker, client::BodyFlow* flow) { speakers_[speaker].flow = flow; }
  /// Nothing more comes but this on standard error, when the turn has come; the next that is not finished has
  /// it then.
  void finish(size_t speaker, std::string for_errors);
  /// False once nobody reads any more.
  bool wanted() const { return output_.wanted(); }

 private:
  struct Speaker {
    std::string held, for_errors;
    client::BodyFlow* flow = nullptr;
    enum class State : uint8_t { speaking, finished } state = State::speaking;
    enum class Flow : uint8_t { open, paused } flow_state = Flow::open;
  };
  void speak(Speaker& speaker);

  Output& output_;
  Output& errors_;
  std::vector<Speaker> speakers_;
  size_t turn_ = 0;
};

}  // namespace astray
