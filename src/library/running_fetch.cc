#include "library/running_fetch.h"

#include "library/translate.h"

namespace astray::http {
namespace {

FetchError client_is_gone() {
  return {ErrorKind::client_closed, Phase::prepare, "the client was destroyed while the fetch was under way"};
}

FetchError cancelled() {
  return {ErrorKind::cancelled, Phase::prepare, "the fetch was cancelled"};
}

}  // namespace

RunningFetch::RunningFetch(std::shared_ptr<IoLink> link, Listener& listener,
                           Result<client::Request, FetchError> request, std::shared_ptr<SourceBridge> bridge)
    : link_(std::move(link)), listener_(listener), request_(std::move(request)), bridge_(std::move(bridge)) {}

void RunningFetch::resume() {
  link_->post([self = shared_from_this()] {
    if (!self->paused_ || self->flow_ == nullptr) return;
    self->paused_ = false;
    self->flow_->resume();
  });
}

void RunningFetch::cancel() {
  if (cancelled_.exchange(true)) return;
  link_->post([self = shared_from_this()] { self->stop(cancelled()); });
}

bool RunningFetch::ended() const {
  if (!link_->is_of_this_process()) return true;
  const std::lock_guard lock(mutex_);
  return ended_;
}

bool RunningFetch::wait(std::optional<std::chrono::nanoseconds> most) {
  if (!link_->is_of_this_process()) return true;
  std::unique_lock lock(mutex_);
  const auto has_ended = [this] { return ended_; };
  if (!most) {
    over_.wait(lock, has_ended);
    return true;
  }
  return over_.wait_for(lock, *most, has_ended);
}

void RunningFetch::abandon() {
  abandoned_ = true;
  cancel();
  if (!link_->is_own_thread()) wait(std::nullopt);
}

Listener* RunningFetch::hearing() const {
  return cancelled_ || abandoned_ ? nullptr : &listener_;
}

void RunningFetch::begin(FetchTable& table) {
  table_ = &table;
  table.add(shared_from_this());
  if (Listener* listener = hearing()) listener->on_start(FetchControl(shared_from_this()));
  if (table.stopping()) return stop(client_is_gone());
  if (!request_) return stop(request_.error());
  task_ = table.loop().spawn(run(table.client()));
}

void RunningFetch::begin_nowhere(FetchError error) {
  listener_.on_start(FetchControl(shared_from_this()));
  finish(&error, Report());
}

Task<void> RunningFetch::run(client::Client& client) {
  Task<client::FetchReport> fetching = client.fetch(std::move(*request_), *this);
  const client::FetchReport report = co_await std::move(fetching);
  const Report told = report_of(report);
  std::optional<FetchError> error;
  if (report.failure) error = error_of(*report.failure);
  // It ended by itself before it was stopped, but callbacks were left out: the listener has not heard all of
  // it.
  if (cancelled_) {
    error = cancelled();
    error->may_have_been_processed = true;
  }
  finish(error ? &*error : nullptr, told);
}

void RunningFetch::stop(FetchError error) {
  if (ended()) return;
  // Once it was handed to the client, nobody can tell any more how far it got.
  error.may_have_been_processed = !task_.ended();
  flow_ = nullptr;
  task_.cancel();
  finish(&error, Report());
}

void RunningFetch::finish(const FetchError* error, const Report& report) {
  flow_ = nullptr;
  if (bridge_) bridge_->close();
  if (!abandoned_) listener_.on_end(error, report);
  if (table_ != nullptr) table_->retire(*this);
  const std::lock_guard lock(mutex_);
  ended_ = true;
  over_.notify_all();
}

void RunningFetch::obey(Demand demand) {
  if (demand == Demand::cancel) cancel();
  if (demand == Demand::pause) paused_ = true;
}

void RunningFetch::on_interim(const client::ResponseHead& head) {
  if (Listener* listener = hearing()) listener->on_interim(head_of(head));
}

void RunningFetch::on_passed_over(const client::ResponseHead& head) {
  if (Listener* listener = hearing()) listener->on_passed_over(head_of(head));
}

void RunningFetch::on_head(const client::ResponseHead& head, client::BodyFlow& flow) {
  flow_ = &flow;
  if (Listener* listener = hearing()) obey(listener->on_head(head_of(head)));
}

client::Demand RunningFetch::on_body(std::string_view bytes) {
  if (Listener* listener = hearing()) obey(listener->on_body(bytes));
  return paused_ || cancelled_ ? client::Demand::pause : client::Demand::more;
}

void RunningFetch::on_trailers(const client::FieldList& fields) {
  if (Listener* listener = hearing()) listener->on_trailers(fields_of(fields));
}

FetchTable::~FetchTable() {
  release_retired();
}

void FetchTable::add(std::shared_ptr<RunningFetch> fetch) {
  RunningFetch* const key = fetch.get();
  running_.emplace(key, std::move(fetch));
}

void FetchTable::retire(RunningFetch& fetch) {
  const auto found = running_.find(&fetch);
  retired_.push_back(std::move(found->second));
  running_.erase(found);
  loop_.make_ready(*this);
}

void FetchTable::stop() {
  stopping_ = true;
  while (!running_.empty()) {
    const std::shared_ptr<RunningFetch> fetch = running_.begin()->second;
    fetch->stop(client_is_gone());
  }
  stopped_.wake_all();
}

Task<void> FetchTable::stopped() {
  while (!stopping_) co_await stopped_.wait();
}

void FetchTable::on_ready() {
  release_retired();
}

void FetchTable::release_retired() {
  for (const std::shared_ptr<RunningFetch>& fetch : std::exchange(retired_, {})) fetch->release();
}

}  // namespace astray::http
