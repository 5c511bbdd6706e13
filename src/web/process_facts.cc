#include "web/process_facts.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "io/file_descriptor.h"

namespace astray::web {
namespace {

std::string text_of_proc(const char* path) {
  const FileDescriptor file(open(path, O_RDONLY | O_CLOEXEC));
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = read(file.number(), buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(count));
  return text;
}

std::optional<uint64_t> parse_proc_number(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Seconds since 1970 at which the system started. /proc/stat says so too, but a confined process may not see
/// it.
double start_of_system() {
  const auto seconds_of = [](clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  };
  return seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME);
}

std::optional<uint64_t> open_descriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
  if (!folder) return std::nullopt;
  uint64_t count = 0;
  while (const dirent* entry = readdir(folder.get())) count += entry->d_name[0] != '.' ? 1 : 0;
  return count == 0 ? 0 : count - 1;  // one of them reads the folder
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view line) {
  const size_t name_end = line.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 > line.size()) return std::nullopt;
  std::string_view rest = line.substr(name_end + 2);
  std::vector<std::string_view> fields;  // the first is field 3 of proc(5), the state
  while (!rest.empty() && fields.size() < 22) {
    const size_t end = std::min(rest.find_first_of(" \n"), rest.size());
    fields.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (fields.size() < 22) return std::nullopt;
  ProcessStat stat;
  struct Wanted {
    size_t field;
    uint64_t& into;
  };
  for (const Wanted& wanted :
       {Wanted{14, stat.user_ticks}, Wanted{15, stat.system_ticks}, Wanted{20, stat.threads},
        Wanted{22, stat.start_ticks}, Wanted{23, stat.virtual_bytes}, Wanted{24, stat.resident_pages}}) {
    const auto number = parse_proc_number(fields[wanted.field - 3]);
    if (!number) return std::nullopt;
    wanted.into = *number;
  }
  return stat;
}

ProcessFacts read_process_facts() {
  ProcessFacts facts;
  if (const auto stat = parse_process_stat(text_of_proc("/proc/self/stat"))) {
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    facts.cpu_seconds = static_cast<double>(stat->user_ticks + stat->system_ticks) / ticks;
    facts.start_time_seconds = start_of_system() + static_cast<double>(stat->start_ticks) / ticks;
    facts.resident_bytes = stat->resident_pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
    facts.virtual_bytes = stat->virtual_bytes;
    facts.threads = stat->threads;
  }
  facts.open_descriptors = open_descriptors();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    facts.most_descriptors = limit.rlim_cur;
  return facts;
}

}  // namespace astray::web
