#include "proxy/operation/log_writer.h"

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "io/error_text.h"

namespace astray::proxy {
namespace {

/// Bytes that are worth a system call of their own, however short ago the last one was: enough that waking the
/// writer costs a line next to nothing, and few enough that they are still in the processor's cache.
constexpr size_t worth_a_write = 256 * 1024;

MonotonicTime log_clock() {
  return std::chrono::steady_clock::now();
}

uint64_t lines_in(std::string_view text) {
  uint64_t count = 0;
  for (size_t at = 0; (at = text.find('\n', at)) != std::string_view::npos; ++at) ++count;
  return count;
}

/// Blocks all signals while a thread is started, which inherits that: SIGPIPE of a log that nobody reads is
/// an error of write(), and whoever waits for SIGTERM does so elsewhere.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

Result<std::unique_ptr<LogWriter>> LogWriter::start(std::string path, Tell tell, Limits limits) {
  auto file = LogFile::open(std::move(path));
  if (!file) return Failure<Error>(file.error());
  std::unique_ptr<LogWriter> writer(new LogWriter(std::move(*file), std::move(tell), limits));
  const SignalsBlocked blocked;
  try {
    writer->thread_ = std::thread(&LogWriter::run, writer.get());
  } catch (const std::system_error& error) {
    return failure(with_system_error("cannot start the thread that writes the log", error.code().value()));
  }
  return writer;
}

LogWriter::LogWriter(LogFile file, Tell tell, Limits limits)
    : limits_(limits),
      much_(std::min(worth_a_write, limits.waiting_bytes / 2)),
      tell_(std::move(tell)),
      file_(std::move(file)) {
  // Once for all: growing would copy under the mutex. Pages that nothing was written to take no memory.
  waiting_.reserve(limits_.waiting_bytes);
  current_.reserve(limits_.waiting_bytes);
}

LogWriter::~LogWriter() {
  {
    const std::lock_guard lock(mutex_);
    end_asked_ = true;
  }
  work_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void LogWriter::take(std::string_view lines, uint64_t count) {
  if (lines.empty()) return;
  bool wakes = false;
  {
    const std::lock_guard lock(mutex_);
    if (lines.size() > limits_.waiting_bytes - waiting_.size()) {
      dropped_.fetch_add(count, std::memory_order_relaxed);
      return;
    }
    const size_t before = waiting_.size();
    waiting_ += lines;
    waiting_lines_ += count;
    wakes = std::exchange(sleeps_, false) || (before < much_ && waiting_.size() >= much_);
  }
  if (wakes) work_.notify_one();
}

void LogWriter::reopen() {
  {
    const std::lock_guard lock(mutex_);
    reopen_asked_ = true;
  }
  work_.notify_one();
}

LogCounts LogWriter::counts() const {
  return {written_.load(std::memory_order_relaxed), dropped_.load(std::memory_order_relaxed),
          failures_.load(std::memory_order_relaxed)};
}

void LogWriter::run() {
  for (;;) {
    const Order order = wait_for_work();
    if (order == Order::end) return write_last();
    write_current(limits_.retry);
    if (order == Order::reopen) open_again();
  }
}

LogWriter::Order LogWriter::wait_for_work() {
  std::unique_lock lock(mutex_);
  const auto is_ordered = [this] { return reopen_asked_ || end_asked_; };
  if (!current_.empty()) {
    work_.wait_until(lock, retry_at_, is_ordered);
  } else {
    const auto has_much = [&] { return is_ordered() || waiting_.size() >= much_; };
    // While lines come it looks after them by itself, and nobody has to wake it.
    if (!work_.wait_for(lock, limits_.gather, has_much) && waiting_.empty()) {
      sleeps_ = true;
      work_.wait(lock, [&] { return is_ordered() || !waiting_.empty(); });
      sleeps_ = false;
      work_.wait_for(lock, limits_.gather, has_much);
    }
    take_waiting();
  }
  if (end_asked_) return Order::end;
  return std::exchange(reopen_asked_, false) ? Order::reopen : Order::write;
}

void LogWriter::take_waiting() {
  std::swap(current_, waiting_);
  current_lines_ = std::exchange(waiting_lines_, 0);
}

void LogWriter::write_current(Duration patience) {
  const std::string_view rest = std::string_view(current_).substr(done_);
  const LogFile::Progress progress = file_.write(rest, patience);
  const uint64_t lines =
      progress.bytes == rest.size() ? current_lines_ : lines_in(rest.substr(0, progress.bytes));
  current_lines_ -= lines;
  written_.fetch_add(lines, std::memory_order_relaxed);
  done_ += progress.bytes;
  if (done_ == current_.size()) {
    current_.clear();
    done_ = 0;
  }
  // The wait for room was the pause, where there was none.
  retry_at_ = log_clock() + (progress.system_error == EAGAIN ? Duration(0) : limits_.retry);
  tell_progress(progress.system_error);
}

void LogWriter::tell_progress(int system_error) {
  const uint64_t dropped = dropped_.load(std::memory_order_relaxed) - dropped_told_;
  if (system_error != 0 && system_error != EAGAIN) {
    failures_.fetch_add(1, std::memory_order_relaxed);
    tell_trouble(Trouble::lasting,
                 with_system_error(fmt::format("cannot write the log {}", file_.path()), system_error));
  } else if (system_error == 0 && trouble_told_) {
    trouble_told_ = false;
    dropped_told_ += dropped;
    if (tell_)
      tell_(fmt::format("the log {} is written again; {} more lines were dropped", file_.path(), dropped));
  } else if (dropped > 0) {
    tell_trouble(Trouble::passing, fmt::format("the log {} is taken too slowly", file_.path()));
  }
}

void LogWriter::open_again() {
  auto file = LogFile::open(file_.path());
  if (!file) {
    failures_.fetch_add(1, std::memory_order_relaxed);
    return tell_trouble(Trouble::passing, file.error().message + "; the file that was open stays in use");
  }
  if (done_ > 0 && current_[done_ - 1] != '\n') skip_begun_line();
  file_ = std::move(*file);
  retry_at_ = log_clock();
}

void LogWriter::skip_begun_line() {
  done_ = std::min(current_.find('\n', done_), current_.size() - 1) + 1;
  --current_lines_;
  dropped_.fetch_add(1, std::memory_order_relaxed);
  if (done_ < current_.size()) return;
  current_.clear();
  done_ = 0;
}

void LogWriter::write_last() {
  const MonotonicTime end = log_clock() + limits_.end_patience;
  for (;;) {
    const uint64_t failures = failures_.load(std::memory_order_relaxed);
    if (!current_.empty()) write_current(std::min<Duration>(end - log_clock(), limits_.retry));
    const bool failed = failures != failures_.load(std::memory_order_relaxed);
    if (failed || log_clock() >= end) break;
    if (!current_.empty()) continue;
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return;
    take_waiting();
  }
  const std::lock_guard lock(mutex_);
  const uint64_t lost = current_lines_ + waiting_lines_;
  if (lost == 0) return;
  dropped_.fetch_add(lost, std::memory_order_relaxed);
  if (tell_) tell_(fmt::format("the log {} ends without its last {} lines", file_.path(), lost));
}

void LogWriter::tell_trouble(Trouble trouble, std::string_view sentence) {
  if (!tell_ || log_clock() < tell_at_) return;
  tell_at_ = log_clock() + limits_.tell_every;
  trouble_told_ = trouble == Trouble::lasting;
  const uint64_t dropped = dropped_.load(std::memory_order_relaxed) - dropped_told_;
  dropped_told_ += dropped;
  tell_(dropped == 0 ? std::string(sentence) : fmt::format("{}; {} lines were dropped", sentence, dropped));
}

}  // namespace astray::proxy
