#include "web/process_metrics.h"

namespace astray::web {
namespace {

using Type = PrometheusText::Type;

template <typename T>
void append_if_known(PrometheusText& text, std::string_view name, Type type, std::string_view help,
                     const std::optional<T>& value) {
  if (!value) return;
  text.family(name, type, help);
  text.sample({}, *value);
}

}  // namespace

void append_process_metrics(PrometheusText& text, const ProcessFacts& facts) {
  append_if_known(text, "process_cpu_seconds_total", Type::counter, "User and system time, in seconds.",
                  facts.cpu_seconds);
  append_if_known(text, "process_open_fds", Type::gauge, "Open file descriptors.", facts.open_descriptors);
  append_if_known(text, "process_max_fds", Type::gauge, "File descriptors that may be open.",
                  facts.most_descriptors);
  append_if_known(text, "process_resident_memory_bytes", Type::gauge, "Memory that is in use.",
                  facts.resident_bytes);
  append_if_known(text, "process_virtual_memory_bytes", Type::gauge, "Memory that is mapped.",
                  facts.virtual_bytes);
  append_if_known(text, "process_threads", Type::gauge, "Threads.", facts.threads);
  append_if_known(text, "process_start_time_seconds", Type::gauge, "When the process started.",
                  facts.start_time_seconds);
}

}  // namespace astray::web
