#include "astray/stream.h"

#include "library/io_link.h"
#include "library/stream_buffer.h"

namespace astray::http {
namespace {

constexpr size_t most_waiting = size_t{256} * 1024;

}  // namespace

void ResponseStream::Impl::begin(Fetch fetch) {
  fetch_ = std::move(fetch);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return state_ != State::begins; });
}

size_t ResponseStream::Impl::read(std::span<char> buffer) {
  if (is_io_thread()) {
    error_ = FetchError{ErrorKind::wrong_thread, Phase::response_body, "a callback must not wait for a body"};
    return 0;
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return read_ < waiting_.size() || state_ == State::ended; });
  const size_t count = waiting_.copy(buffer.data(), buffer.size(), read_);
  read_ += count;
  if (read_ == waiting_.size()) {
    waiting_.clear();
    read_ = 0;
    if (state_ == State::ended && count == 0) error_ = outcome_.error;
    const bool resumes = std::exchange(paused_, false);
    lock.unlock();
    if (resumes) fetch_.resume();
  }
  return count;
}

Demand ResponseStream::Impl::on_head(const ResponseHead& head) {
  const std::lock_guard lock(mutex_);
  outcome_.head = head;
  state_ = State::has_head;
  changed_.notify_all();
  return Demand::more;
}

Demand ResponseStream::Impl::on_body(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  waiting_.append(bytes);
  changed_.notify_all();
  // Only the reader ends a pause: what still comes in it may find room again.
  if (waiting_.size() - read_ >= most_waiting) paused_ = true;
  return paused_ ? Demand::pause : Demand::more;
}

void ResponseStream::Impl::on_trailers(const Fields& fields) {
  const std::lock_guard lock(mutex_);
  outcome_.trailers = fields;
}

void ResponseStream::Impl::on_end(const FetchError* error, const Report& report) {
  const std::lock_guard lock(mutex_);
  if (error != nullptr) outcome_.error = *error;
  if (error != nullptr && state_ == State::begins) error_ = *error;
  outcome_.report = report;
  state_ = State::ended;
  changed_.notify_all();
}

ResponseStream::ResponseStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ResponseStream::ResponseStream(ResponseStream&&) noexcept = default;
ResponseStream& ResponseStream::operator=(ResponseStream&&) noexcept = default;
ResponseStream::~ResponseStream() = default;

const ResponseHead& ResponseStream::head() const {
  return impl_->head();
}
size_t ResponseStream::read(std::span<char> buffer) {
  return impl_->read(buffer);
}
const std::optional<FetchError>& ResponseStream::error() const {
  return impl_->error();
}
const Fields& ResponseStream::trailers() const {
  return impl_->outcome().trailers;
}
const Report& ResponseStream::report() const {
  return impl_->outcome().report;
}
FetchControl ResponseStream::control() const {
  return impl_->control();
}

}  // namespace astray::http
