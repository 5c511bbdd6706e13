#include "cli/fetch_turns.h"

#include <utility>

namespace astray {

client::Demand OutputTurns::write(size_t speaker, std::string_view bytes) {
  Speaker& who = speakers_[speaker];
  if (speaker != turn_) {
    who.held += bytes;
    who.flow_state = Speaker::Flow::paused;
    return client::Demand::pause;
  }
  output_.write(bytes);
  output_.flush();  // whoever reads along sees what came when it came
  return client::Demand::more;
}

void OutputTurns::finish(size_t speaker, std::string for_errors) {
  speakers_[speaker].for_errors = std::move(for_errors);
  speakers_[speaker].state = Speaker::State::finished;
  speakers_[speaker].flow = nullptr;
  while (turn_ < speakers_.size() && speakers_[turn_].state == Speaker::State::finished) {
    errors_.write(std::exchange(speakers_[turn_].for_errors, {}));
    errors_.flush();
    ++turn_;
    if (turn_ < speakers_.size()) speak(speakers_[turn_]);
  }
}

void OutputTurns::speak(Speaker& speaker) {
  output_.write(std::exchange(speaker.held, {}));
  output_.flush();
  const bool paused = std::exchange(speaker.flow_state, Speaker::Flow::open) == Speaker::Flow::paused;
  if (paused && speaker.flow != nullptr) speaker.flow->resume();
}

}  // namespace astray
