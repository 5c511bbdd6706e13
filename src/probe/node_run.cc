#include "probe/node_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/sleep.h"

namespace astray {
namespace {

/// Connections that may fail in a row before a node is left alone: one that never said anything, one that
/// shook hands and answered no request, one that did answer.
constexpr uint32_t patience_with_strangers = 3;
constexpr uint32_t patience_after_handshake = 8;
constexpr uint32_t node_patience = 20;
/// Cells that wait for an earlier one before no more are asked: bounds memory.
constexpr size_t most_waiting = 2048;

/// Whether nothing came back, not even an alert. What is closed or reset behind a handshake is an answer of a
/// kind; a connection that hangs is none.
bool is_silence(const Observation& seen) {
  if (seen.status != 0) return false;
  if (seen.handshake_done) return seen.failure == ProbeFailure::timed_out;
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

/// How often a connection is opened for one request before it counts as closed by the server.
constexpr int most_openings = 3;

/// Whether the server closed the connection before it said anything to the request.
bool was_closed_meanwhile(const Observation& seen) {
  const bool closed = seen.failure == ProbeFailure::closed_early || seen.failure == ProbeFailure::reset ||
                      seen.failure == ProbeFailure::goaway || seen.failure == ProbeFailure::not_reusable;
  return closed && seen.stage >= Stage::request && seen.status == 0;
}

/// What the opening request of a reused connection asks: the name the connection is for.
RequestQuestion opening_request(const ConnectionQuestion& question) {
  RequestQuestion opening;
  opening.host = question.sni_name;
  opening.name = question.sni_name;
  return opening;
}

}  // namespace

Task<void> NodeRun::run(const Plan& plan, const Plan::Part& part, Gate& delivery) {
  delivery_ = &delivery;
  Plan::Cursor cursor(plan, part);
  while (!stop_()) {
    std::optional<ConnectionQuestion> question = cursor.next();
    if (!question) break;
    asked_.push_back(Asked{std::move(*question), {}, false});
    Asked& asked = asked_.back();
    cells_waiting_ += asked.question.requests.size();
    if (given_up()) {
      give_up(asked);
      deliver_what_is_done();
    } else {
      Task<void> asking = ask(asked);
      co_await group_.start(std::move(asking));
      if (one_at_a_time()) co_await group_.all_ended();
    }
    if (cells_waiting_ >= most_waiting) co_await catch_up();
  }
  co_await catch_up();
}

/// Ends when every cell that was asked is delivered.
Task<void> NodeRun::catch_up() {
  co_await group_.all_ended();
  co_await delivery_->pass();
  deliver_what_is_done();
}

Task<void> NodeRun::wait_for_turn() {
  if (pace_.connections_per_second <= 0) co_return;
  Loop& loop = contacts_.loop();
  const Duration pause(static_cast<int64_t>(1e9 / pace_.connections_per_second));
  const MonotonicTime turn = std::max(next_start_, loop.now());
  next_start_ = turn + pause;
  if (turn > loop.now()) co_await sleep_until(loop, turn);
}

Task<bool> NodeRun::open(Contact& contact, std::optional<tls::Session> session) {
  co_await wait_for_turn();
  co_return co_await contact.open(std::move(session));
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
  const bool opened = co_await open(contact, std::move(session));
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
  const bool opened = co_await open(contact, std::nullopt);
  if (!opened) {
    asked.seen.push_back(contact.seen());
    co_return;
  }
  asked.seen.push_back(co_await contact.ask_line_protocol());
  co_await contact.close();
}

/// A connection that has carried its opening request and can carry more; null: `refusal` says why not.
Task<std::unique_ptr<Contact>> NodeRun::open_for_reuse(const ConnectionQuestion& question,
                                                       Observation& refusal) {
  auto contact = std::make_unique<Contact>(contacts_, question, tls::Sessions::dropped);
  const bool opened = co_await open(*contact, std::nullopt);
  refusal = contact->seen();
  if (!opened) co_return nullptr;
  RequestQuestion opening = opening_request(question);
  const Observation first = co_await contact->ask(std::move(opening));
  if (contact->reusable()) co_return contact;
  refusal.stage = first.stage;
  report({first.failure, first.message, first.alert}, refusal);
  if (first.failure == ProbeFailure::none) {
    report({ProbeFailure::not_reusable,
            fmt::format("the server closes the connection behind its first answer ({}), so nothing can be "
                        "reused",
                        first.status)},
           refusal);
  }
  co_return nullptr;
}

/// Opens the connection again whenever the server has closed it: between two requests, or, as servers short
/// of workers do, just when the next one was on its way (RFC 9112 §9.3.1). A server that lets no connection
/// be reused is not asked again for every request.
Task<void> NodeRun::ask_reused(Asked& asked) {
  std::unique_ptr<Contact> contact;
  bool refuses = false;
  Observation seen;
  for (const RequestQuestion& request : asked.question.requests) {
    int openings = 0;
    while (!refuses) {
      if (!contact || !contact->reusable()) {
        ++openings;
        contact.reset();
        contact = co_await open_for_reuse(asked.question, seen);
      }
      if (contact) {
        RequestQuestion next = request;
        seen = co_await contact->ask(std::move(next));
      }
      if (!was_closed_meanwhile(seen) || openings == most_openings) {
        refuses = contact == nullptr;
        break;
      }
    }
    asked.seen.push_back(seen);
  }
  if (contact) co_await contact->close();
}

Task<std::optional<tls::Session>> NodeRun::get_session(const ConnectionQuestion& question,
                                                       Observation& seen) {
  ConnectionQuestion first = question;
  first.sni = first.session_of;
  first.sni_name = *first.session_of;
  Contact contact(contacts_, first, tls::Sessions::kept);
  const bool opened = co_await open(contact, std::nullopt);
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
  for (const Observation& seen : asked.seen) shook_hands_ = shook_hands_ || seen.handshake_done;
  if (!silent) last_answer_ = contacts_.loop().now();
}

bool NodeRun::given_up() const {
  if (answered_) return silent_in_a_row_ >= node_patience;
  return silent_in_a_row_ >= (shook_hands_ ? patience_after_handshake : patience_with_strangers);
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
  if (delivery_->state() == Gate::State::closed) return;
  while (!asked_.empty() && asked_.front().done) {
    Asked& front = asked_.front();
    for (size_t i = 0; i < front.seen.size(); ++i) {
      deliver_(front.question, front.question.requests[i], std::move(front.seen[i]));
    }
    cells_waiting_ -= front.question.requests.size();
    asked_.pop_front();
  }
}

}  // namespace astray
