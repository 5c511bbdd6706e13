#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/monotonic_time.h"
#include "base/result.h"
#include "proxy/operation/log_file.h"

namespace astray::proxy {

struct LogCounts {
  uint64_t written = 0;   ///< lines
  uint64_t dropped = 0;   ///< lines: the file took them too slowly, or not at all
  uint64_t failures = 0;  ///< writes and openings that failed
};

struct LogWriterLimits {
  size_t waiting_bytes = 8 * 1024 * 1024;            ///< that wait; as many again are being written
  Duration gather = std::chrono::milliseconds(250);  ///< a line waits for others so long, at most
  Duration retry = std::chrono::seconds(1);          ///< after a failure
  Duration tell_every = std::chrono::minutes(1);     ///< messages about troubles, at most
  Duration end_patience = std::chrono::seconds(2);   ///< for what is left when the writer ends
};

/// The one thread that writes a log. Lines are handed over whole; the file never shows half of one for longer
/// than it takes to write the other half.
class LogWriter {
 public:
  using Limits = LogWriterLimits;
  /// Hears of troubles and of their end, in a sentence; called by the writer's thread.
  using Tell = std::function<void(std::string_view)>;

  /// The error names the file. Signals are left to other threads.
  static Result<std::unique_ptr<LogWriter>> start(std::string path, Tell tell, Limits limits = {});
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;
  /// Writes what is left, for as long as `end_patience` allows; the rest is lost.
  ~LogWriter();

  /// Any thread; `lines` is so many whole lines with their line feeds. Takes a mutex for as long as it takes
  /// to copy them, and never waits for the file: when too much waits already, they are dropped and counted.
  void take(std::string_view lines, uint64_t count);
  /// Any thread, not a signal handler. Lines taken before go to the file as it is open now, then the path is
  /// opened anew. Where that fails, the old file stays and the failure is told.
  void reopen();
  LogCounts counts() const;

 private:
  LogWriter(LogFile file, Tell tell, Limits limits);

  enum class Order : uint8_t { write, reopen, end };
  void run();
  Order wait_for_work();
  /// What waits becomes what is written, which is empty.
  void take_waiting();
  void write_current(Duration patience);
  void tell_progress(int system_error);
  void open_again();
  void write_last();
  /// Gives up what is left of a line that was begun; the file may hold its beginning.
  void skip_begun_line();
  enum class Trouble : uint8_t { passing, lasting };
  void tell_trouble(Trouble trouble, std::string_view sentence);

  const Limits limits_;
  const size_t much_;  // bytes, with which the writer does not wait for more
  const Tell tell_;

  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::string waiting_;
  uint64_t waiting_lines_ = 0;
  bool sleeps_ = false;  // the writer: until it is woken, as opposed to until a time
  bool reopen_asked_ = false;
  bool end_asked_ = false;

  std::atomic<uint64_t> written_{0}, dropped_{0}, failures_{0};

  // Of the writer's thread alone.
  LogFile file_;
  std::string current_;
  uint64_t current_lines_ = 0;  // that did not go out
  size_t done_ = 0;             // bytes of current_ that went out
  bool trouble_told_ = false;
  uint64_t dropped_told_ = 0;
  MonotonicTime retry_at_{};
  MonotonicTime tell_at_{};

  std::thread thread_;
};

}  // namespace astray::proxy
