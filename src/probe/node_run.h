#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "io/loop.h"
#include "io/semaphore.h"
#include "io/task.h"
#include "io/task_group.h"
#include "io/wait_queue.h"
#include "probe/axes.h"
#include "probe/contact.h"

namespace astray {

/// How hard one node is asked.
struct NodePace {
  size_t connections = 6;              ///< at a time; one while the node does not answer
  double connections_per_second = 20;  ///< 0: no limit
};

/// Asks one node its part of a plan, and hands the answers over in the plan's order.
class NodeRun {
 public:
  /// A cell that was asked, or given up.
  using Deliver = std::function<void(const ConnectionQuestion&, const RequestQuestion&, Observation&&)>;
  using Stop = std::function<bool()>;

  NodeRun(Contacts& contacts, Semaphore& permits, NodePace pace, Deliver deliver, Stop stop)
      : contacts_(contacts),
        permits_(permits),
        pace_(pace),
        deliver_(std::move(deliver)),
        stop_(std::move(stop)),
        group_(contacts.loop(), pace.connections) {}

  /// Once for each phase.
  /// Asks at once, but delivers nothing before the gate is open; it outlives the task.
  Task<void> run(const Plan& plan, const Plan::Part& part, Gate& delivery);
  /// Nothing: the node has not said anything yet.
  std::optional<MonotonicTime> last_answer() const { return last_answer_; }

 private:
  /// A connection with its cells, in flight or waiting for those before it.
  struct Asked {
    ConnectionQuestion question;
    std::vector<Observation> seen;
    bool done = false;
  };

  Task<void> ask(Asked& asked);
  Task<void> ask_fresh(Asked& asked);
  Task<void> ask_reused(Asked& asked);
  Task<void> ask_line_protocol(Asked& asked);
  Task<bool> open(Contact& contact, std::optional<tls::Session> session);
  Task<std::unique_ptr<Contact>> open_for_reuse(const ConnectionQuestion& question, Observation& refusal);
  Task<std::optional<tls::Session>> get_session(const ConnectionQuestion& question, Observation& seen);
  Task<void> wait_for_turn();
  void note_answers(const Asked& asked);
  void give_up(Asked& asked) const;
  bool given_up() const;
  bool one_at_a_time() const { return !answered_ || silent_in_a_row_ > 0; }
  Task<void> catch_up();
  void deliver_what_is_done();

  Contacts& contacts_;
  Semaphore& permits_;
  NodePace pace_;
  Deliver deliver_;
  Stop stop_;
  std::deque<Asked> asked_;
  size_t cells_waiting_ = 0;  ///< in asked_
  MonotonicTime next_start_{};
  uint32_t silent_in_a_row_ = 0;
  bool shook_hands_ = false;
  bool answered_ = false;
  std::optional<MonotonicTime> last_answer_;
  Gate* delivery_ = nullptr;  ///< of the part that runs
  TaskGroup group_;           ///< its tasks use all of the above
};

}  // namespace astray
