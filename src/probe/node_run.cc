#include "probe/node_run.h"

#include <fmt/format.h>

#include "io/sleep.h"

namespace astray {
namespace {

/// Connections that may fail in a row before a node that never answered is left alone, and one that did.
constexpr uint32_t patience_at_first = 3;
constexpr uint32_t patience = 20;
/// Connections that wait for an earlier one before no more are started: bounds memory.
constexpr size_t most_waiting = 256;

/// Whether a node said anything at all, if only an alert.
bool is_silence(const Observation& seen) {
  if (seen.handshake_done || seen.status != 0) return false;
  switch (seen.failure) {
    case ProbeFailure::refused:
    case ProbeFailure::unreachable:
    case ProbeFailure::reset:
    case ProbeFailure::closed_early:
    case ProbeFailure::timed_out:
      return true;
    default:
      return false;
  }
}

/// What the opening request of a reused connection asks: the name the connection is for.
RequestQuestion opening_request(const ConnectionQuestion& question) {
  RequestQuestion opening;
  opening.host = question.sni_name;
  opening.name = question.sni_name;
  return opening;
}

}  // namespace

Task<void> NodeRun::run(const Plan& plan, const Plan::Part& part) {
  Plan::Cursor cursor(plan, part);
  while (!stop_()) {
    std::optional<ConnectionQuestion> question = cursor.next();
    if (!question) break;
    asked_.push_back(Asked{std::move(*question), {}, false});
    Asked& asked = asked_.back();
    if (given_up()) {
      give_up(asked);
      deliver_what_is_done();
      continue;
    }
    co_await wait_for_turn();
    Task<void> asking = ask(asked);
    co_await group_.start(std::move(asking));
    if (!answered_ || asked_.size() >= most_waiting) co_await group_.all_ended();
  }
  co_await group_.all_ended();
}

Task<void> NodeRun::wait_for_turn() {
  if (pace_.connections_per_second <= 0) co_return;
  Loop& loop = contacts_.loop();
  const Duration pause(static_cast<int64_t>(1e9 / pace_.connections_per_second));
  if (next_start_ > loop.now()) co_await sleep_until(loop, next_start_);
  next_start_ = std::max(next_start_, loop.now()) + pause;
}

Task<void> NodeRun::ask(Asked& asked) {
  Permit permit = co_await permits_.acquire();
  switch (asked.question.protocol) {
    case PortProtocol::http:
    case PortProtocol::https: {
      const bool reused = asked.question.use == ConnectionUse::reused;
      if (reused) co_await ask_reused(asked);
      if (!reused) co_await ask_fresh(asked);
      break;
    }
    default:
      co_await ask_line_protocol(asked);
      break;
  }
  permit.release();
  note_answers(asked);
  asked.done = true;
  deliver_what_is_done();
}

Task<void> NodeRun::ask_fresh(Asked& asked) {
  std::optional<tls::Session> session;
  if (asked.question.session_of) {
    Observation without;
    session = co_await get_session(asked.question, without);
    if (!session) {
      asked.seen.push_back(std::move(without));
      co_return;
    }
  }
  Contact contact(contacts_, asked.question, tls::Sessions::dropped);
  const bool opened = co_await contact.open(std::move(session));
  if (!opened) {
    asked.seen.push_back(contact.seen());
    co_return;
  }
  RequestQuestion request = asked.question.requests.front();
  asked.seen.push_back(co_await contact.ask(std::move(request)));
  co_await contact.close();
}

Task<void> NodeRun::ask_line_protocol(Asked& asked) {
  Contact contact(contacts_, asked.question, tls::Sessions::dropped);
  const bool opened = co_await contact.open(std::nullopt);
  if (!opened) {
    asked.seen.push_back(contact.seen());
    co_return;
  }
  asked.seen.push_back(co_await contact.ask_line_protocol());
  co_await contact.close();
}

/// Opens the connection again, with its opening request, whenever the server has closed it.
Task<void> NodeRun::ask_reused(Asked& asked) {
  std::unique_ptr<Contact> contact;
  std::optional<Observation>
      refused;  // of the connection or of its opening request: then no cell can be asked
  for (const RequestQuestion& request : asked.question.requests) {
    const bool reusable = contact && contact->reusable();
    if (!reusable && !refused) {
      contact = std::make_unique<Contact>(contacts_, asked.question, tls::Sessions::dropped);
      const bool opened = co_await contact->open(std::nullopt);
      if (!opened) {
        refused = contact->seen();
      } else {
        RequestQuestion opening = opening_request(asked.question);
        Observation first = co_await contact->ask(std::move(opening));
        if (!contact->reusable()) {
          if (first.failure == ProbeFailure::none) {
            report({ProbeFailure::closed_early,
                    "the server closed the connection behind its first answer, so nothing can be reused"},
                   first);
          }
          refused = std::move(first);
        }
      }
    }
    if (refused) {
      Observation seen = *refused;
      seen.status = 0;
      asked.seen.push_back(std::move(seen));
      continue;
    }
    RequestQuestion next = request;
    asked.seen.push_back(co_await contact->ask(std::move(next)));
  }
  if (contact) co_await contact->close();
}

Task<std::optional<tls::Session>> NodeRun::get_session(const ConnectionQuestion& question,
                                                       Observation& seen) {
  ConnectionQuestion first = question;
  first.sni = first.session_of;
  first.sni_name = *first.session_of;
  Contact contact(contacts_, first, tls::Sessions::kept);
  const bool opened = co_await contact.open(std::nullopt);
  seen = contact.seen();
  seen.stage = Stage::session;
  if (!opened) co_return std::nullopt;
  // TLS 1.3 sends tickets behind the handshake; they have come when a request is answered.
  RequestQuestion request = opening_request(first);
  const Observation answer = co_await contact.ask(std::move(request));
  std::optional<tls::Session> session = contact.session();
  co_await contact.close();
  if (!session) {
    report({ProbeFailure::no_session,
            fmt::format("the server gave no TLS session for {} that could be offered{}", first.sni_name,
                        answer.message.empty() ? "" : ": " + answer.message)},
           seen);
  }
  co_return session;
}

void NodeRun::note_answers(const Asked& asked) {
  const bool silent = std::all_of(asked.seen.begin(), asked.seen.end(), is_silence);
  silent_in_a_row_ = silent ? silent_in_a_row_ + 1 : 0;
  answered_ = answered_ || !silent;
}

bool NodeRun::given_up() const {
  return silent_in_a_row_ >= (answered_ ? patience : patience_at_first);
}

void NodeRun::give_up(Asked& asked) const {
  Observation seen;
  seen.stage = Stage::connect;
  report({ProbeFailure::cancelled,
          fmt::format("not asked: the node did not answer {} connections in a row", silent_in_a_row_)},
         seen);
  asked.seen.assign(asked.question.requests.size(), seen);
  asked.done = true;
}

void NodeRun::deliver_what_is_done() {
  while (!asked_.empty() && asked_.front().done) {
    Asked& front = asked_.front();
    for (size_t i = 0; i < front.seen.size(); ++i) {
      deliver_(front.question, front.question.requests[i], std::move(front.seen[i]));
    }
    asked_.pop_front();
  }
}

}  // namespace astray
