#pragma once
// Which nodes an agent asks, where several agents of a region share them.
//
// Each agent says again and again that it is there, and which nodes it knows. All who have heard the same
// come to the same shares, without anybody to lead them. A node is asked by one agent as a whole: so it meets
// the pace that the settings allow, and what its answers are held against comes from the same place.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/monotonic_time.h"
#include "base/result.h"

namespace astray::watch {

/// What an agent says of itself.
struct AgentNote {
  std::string agent;     ///< its name, for people
  std::string instance;  ///< of the process: no two have the same
  Duration every{};      ///< how often it says so
  std::set<std::string> nodes;
};

/// As JSON.
std::string write_agent_note(const AgentNote& note);
/// The error says what is wrong with a message of whomever.
Result<AgentNote> read_agent_note(std::string_view json);

class AgentShare {
 public:
  AgentShare(std::string agent, std::string instance)
      : agent_(std::move(agent)), instance_(std::move(instance)) {}

  void hear(AgentNote note, MonotonicTime now);
  /// Of these nodes of its own, the ones to be asked in the round that begins now. Who loses a node asks it
  /// once more: its next agent may have begun its round before it knew.
  std::set<std::string> take(const std::set<std::string>& nodes, MonotonicTime now);
  /// That another agent has the same name: only people would take the two for one.
  std::optional<std::string> trouble() const;

  /// An agent that was not heard for so many of its own notes is gone; and some time for the way.
  static constexpr int notes_missed = 3;
  static constexpr Duration way = std::chrono::milliseconds(500);
  static constexpr size_t most_agents = 1000;

 private:
  struct Heard {
    AgentNote note;
    MonotonicTime until;
  };
  std::string agent_, instance_;
  std::map<std::string, Heard> others_;        ///< by instance
  std::optional<std::set<std::string>> mine_;  ///< of the round before
};

}  // namespace astray::watch
