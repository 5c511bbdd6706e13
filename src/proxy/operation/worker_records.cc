#include "proxy/operation/worker_records.h"

namespace astray::proxy {

void WorkerRecords::request_ended(const gateway::LogRecord& record) {
  if (record.answer && record.reason) metrics_.judged(*record.answer, *record.reason);
  metrics_.request_ended(record.protocol, record.status, record.duration);
  refusals_.record(worker_, record);
  if (log_ != nullptr) log_->write(record);
}

}  // namespace astray::proxy
