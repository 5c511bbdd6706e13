#pragma once
#include <memory>
#include <string>

#include "gateway/log/log_format.h"
#include "io/loop.h"
#include "proxy/operation/log_writer.h"

namespace astray::proxy {

/// The log as one worker writes it: the lines of a turn are collected here and handed over at its end, or
/// earlier when they are many. Loop and writer outlive it.
class WorkerLog final : FlushItem {
 public:
  WorkerLog(Loop& loop, LogWriter& writer, std::shared_ptr<const gateway::LogFormat> format);
  ~WorkerLog();

  void write(const gateway::LogRecord& record);

 private:
  void flush() override;

  Loop& loop_;
  LogWriter& writer_;
  std::shared_ptr<const gateway::LogFormat> format_;
  std::string lines_;
  uint64_t count_ = 0;
};

}  // namespace astray::proxy
