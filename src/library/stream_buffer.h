#pragma once
// What lies between the I/O thread and whoever reads a stream.
#include <condition_variable>
#include <mutex>

#include "astray/stream.h"

namespace astray::http {

class ResponseStream::Impl final : public Listener {
 public:
  /// Waits for the head, or the end.
  void begin(Fetch fetch);
  size_t read(std::span<char> buffer);

  const ResponseHead& head() const { return outcome_.head; }
  const std::optional<FetchError>& error() const { return error_; }
  const Outcome& outcome() const { return outcome_; }
  FetchControl control() const { return fetch_.control(); }

  Demand on_head(const ResponseHead& head) override;
  Demand on_body(std::string_view bytes) override;
  void on_trailers(const Fields& fields) override;
  void on_end(const FetchError* error, const Report& report) override;

 private:
  enum class State : uint8_t { begins, has_head, ended };

  std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::begins;
  std::string waiting_;
  size_t read_ = 0;  ///< of waiting_
  bool paused_ = false;
  Outcome outcome_;                  ///< its parts do not change once the reader may see them
  std::optional<FetchError> error_;  ///< as the reader knows it, who comes to it behind all bytes
  Fetch fetch_;                      ///< the last: it goes first, and with it the I/O thread's interest
};

}  // namespace astray::http
