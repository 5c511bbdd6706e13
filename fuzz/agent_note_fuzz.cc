// What agents say to each other, whoever sent it. What is read can be written and read again, and is the same.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "watch/outlets/nats/agent_share.h"

using namespace astray;
using namespace astray::watch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Result<AgentNote> note = read_agent_note({reinterpret_cast<const char*>(data), size});
  if (!note) {
    CHECK(!note.error().message.empty());
    return 0;
  }
  const Result<AgentNote> again = read_agent_note(write_agent_note(*note));
  CHECK(again && again->agent == note->agent && again->instance == note->instance);
  CHECK(again->every == note->every && again->nodes == note->nodes);
  AgentShare share("agent", "this one");
  share.hear(*note, MonotonicTime{});
  const std::set<std::string> asked = share.take(note->nodes, MonotonicTime{});
  CHECK(asked == note->nodes);  // its first round
  return 0;
}
