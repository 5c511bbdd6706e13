#include "proxy/operation/worker_log.h"

namespace astray::proxy {
namespace {

constexpr size_t handed_over_at = 64 * 1024;  // bytes
constexpr size_t longest_line = 16 * 1024;    // about; a longer one makes the buffer grow once

}  // namespace

WorkerLog::WorkerLog(Loop& loop, LogWriter& writer, std::shared_ptr<const gateway::LogFormat> format)
    : loop_(loop), writer_(writer), format_(std::move(format)) {
  lines_.reserve(handed_over_at + longest_line);
}

WorkerLog::~WorkerLog() {
  flush();
}

void WorkerLog::write(const gateway::LogRecord& record) {
  format_->write(lines_, record);
  ++count_;
  if (lines_.size() >= handed_over_at) return flush();
  loop_.flush_at_end_of_turn(*this);
}

void WorkerLog::flush() {
  writer_.take(lines_, count_);
  lines_.clear();
  count_ = 0;
}

}  // namespace astray::proxy
