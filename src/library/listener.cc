#include "astray/listener.h"

#include "library/running_fetch.h"

namespace astray::http {

FetchControl::FetchControl() = default;
FetchControl::FetchControl(const FetchControl&) = default;
FetchControl& FetchControl::operator=(const FetchControl&) = default;
FetchControl::~FetchControl() = default;
FetchControl::FetchControl(std::shared_ptr<RunningFetch> fetch) : fetch_(std::move(fetch)) {}

void FetchControl::resume() const {
  if (fetch_) fetch_->resume();
}

void FetchControl::cancel() const {
  if (fetch_) fetch_->cancel();
}

Listener::~Listener() = default;

Fetch::Fetch() = default;
Fetch::Fetch(std::shared_ptr<RunningFetch> fetch) : control_(std::move(fetch)) {}
Fetch::Fetch(Fetch&& other) noexcept : control_(std::exchange(other.control_, FetchControl())) {}

Fetch& Fetch::operator=(Fetch&& other) noexcept {
  if (this != &other) {
    drop();
    control_ = std::exchange(other.control_, FetchControl());
  }
  return *this;
}

Fetch::~Fetch() {
  drop();
}

void Fetch::drop() {
  if (control_.fetch_) control_.fetch_->abandon();
}

bool Fetch::ended() const {
  return !control_.fetch_ || control_.fetch_->ended();
}

bool Fetch::wait() {
  if (is_io_thread()) return ended();
  return !control_.fetch_ || control_.fetch_->wait(std::nullopt);
}

bool Fetch::wait_for(std::chrono::nanoseconds most) {
  if (is_io_thread()) return ended();
  return !control_.fetch_ || control_.fetch_->wait(most);
}

}  // namespace astray::http
