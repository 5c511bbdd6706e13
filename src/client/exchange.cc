#include "client/exchange.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "client/connection.h"

namespace astray::client {
namespace {

/// RFC 9110 §10.1.1 has a client not wait without end; this is what others wait.
constexpr Duration continue_patience = std::chrono::seconds(1);

uint64_t size_of(const ResponseHead& head) {
  constexpr uint64_t status_line = 15, around_field = 4;
  uint64_t size = status_line + 2;
  for (const auto& field : head.fields) size += field.name.size() + field.value.size() + around_field;
  return size;
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

Exchange::Exchange(Loop& loop, const OutgoingHead& head, Body& body, const FieldList& trailers,
                   const Timeouts& timeouts, Receiver& receiver)
    : loop_(loop),
      head_(head),
      trailers_(trailers),
      timeouts_(timeouts),
      receiver_(receiver),
      upload_(body, *this) {
  if (upload_.has_body() && head.fields.lists("Expect", "100-continue")) expectation_ = Expectation::waiting;
}

Exchange::~Exchange() {
  leave();
}

Exchange::Run Exchange::run(Connection& connection) {
  connection_ = &connection;
  sent_at_ = moved_at_ = loop_.now();
  connection.start(*this);
  if (ended_) return Run(*this);
  if (!upload_.has_body()) receiver_.sent();
  set_timer();
  return Run(*this);
}

void Exchange::leave() {
  if (Connection* connection = std::exchange(connection_, nullptr)) connection->stop(*this);
}

void Exchange::finish() {
  if (ended_) return;
  ended_ = true;
  cancel();
  if (waits_) loop_.make_ready(resumption_);
}

void Exchange::on_interim(const ResponseHead& head) {
  moved_at_ = loop_.now();
  head_bytes_ += size_of(head);
  if (head.status == 100 && expectation_ == Expectation::waiting) {
    expectation_ = Expectation::over;
    connection_->upload_ready(*this);
  }
  receiver_.interim(head);
}

HeadDecision Exchange::on_head(ResponseHead head) {
  first_byte_ = moved_at_ = loop_.now();
  status_ = head.status;
  protocol_ = head.protocol;
  head_bytes_ += size_of(head);
  decision_ = receiver_.judge(head);
  if (decision_ == HeadDecision::deliver) {
    receiver_.head(head, *this);
    set_timer();
  } else {
    connection_ = nullptr;  // which goes on without us
    finish();
  }
  return decision_;
}

Demand Exchange::on_body(std::string_view bytes) {
  moved_at_ = loop_.now();
  body_bytes_ += bytes.size();
  Result<Demand, FetchFailure> demand = receiver_.body(bytes);
  if (!demand) {
    failure_ = std::move(demand.error());
    finish();
    return Demand::pause;
  }
  // What had come by then is still delivered, and does not open the tap again.
  paused_ = paused_ || *demand == Demand::pause;
  if (paused_) cancel();
  return paused_ ? Demand::pause : Demand::more;
}

void Exchange::on_trailers(const FieldList& fields) {
  receiver_.trailers(fields);
}

void Exchange::on_end() {
  connection_ = nullptr;
  finish();
}

void Exchange::on_failure(FetchFailure failure) {
  connection_ = nullptr;
  if (!failure_) failure_ = std::move(failure);
  finish();
}

void Exchange::on_upload_progress() {
  moved_at_ = loop_.now();
  sent_at_ = moved_at_;
  if (upload_.ended()) receiver_.sent();
}

void Exchange::body_is_ready() {
  if (connection_ != nullptr) connection_->upload_ready(*this);
}

void Exchange::resume() {
  if (!paused_ || ended_) return;
  paused_ = false;
  moved_at_ = loop_.now();
  set_timer();
  if (connection_ != nullptr) connection_->resume(*this);
}

// One timer, set anew only when it fires: a moving body costs no timer operations.
void Exchange::set_timer() {
  MonotonicTime next =
      got_head() || !upload_.ended() ? moved_at_ + timeouts_.idle : sent_at_ + timeouts_.head;
  if (expectation_ == Expectation::waiting) next = std::min(next, sent_at_ + continue_patience);
  loop_.timers().set(*this, next);
}

void Exchange::on_deadline(MonotonicTime now) {
  if (expectation_ == Expectation::waiting && now >= sent_at_ + continue_patience) {
    expectation_ = Expectation::over;
    moved_at_ = now;
    set_timer();
    if (connection_ != nullptr) connection_->upload_ready(*this);
    return;
  }
  const bool waits_for_head = !got_head() && upload_.ended();
  const MonotonicTime due = waits_for_head ? sent_at_ + timeouts_.head : moved_at_ + timeouts_.idle;
  if (now < due) return set_timer();
  FetchFailure failure{FailureKind::timed_out, Phase::request, {}, Processing::possible};
  if (waits_for_head) {
    failure.phase = Phase::response_head;
    failure.sentence = fmt::format("no response within {:g} s", seconds(timeouts_.head));
  } else {
    if (got_head()) failure.phase = Phase::response_body;
    failure.sentence = fmt::format("no byte of the {} moved for {:g} s",
                                   got_head() ? "response" : "request body", seconds(timeouts_.idle));
  }
  failure_ = std::move(failure);
  leave();
  finish();
}

}  // namespace astray::client
