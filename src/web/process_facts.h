#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace astray::web {

/// What the system says about this process; absent where it does not tell.
struct ProcessFacts {
  std::optional<double> cpu_seconds{};         ///< user and system
  std::optional<double> start_time_seconds{};  ///< since 1970-01-01T00:00:00Z
  std::optional<uint64_t> resident_bytes{};
  std::optional<uint64_t> virtual_bytes{};
  std::optional<uint64_t> threads{};
  std::optional<uint64_t> open_descriptors{};
  std::optional<uint64_t> most_descriptors{};  ///< absent: as many as it likes
};

/// Reads /proc/self: some ten system calls, and one for each hundred or so descriptors.
ProcessFacts read_process_facts();

/// The fields of a line of /proc/PID/stat (proc(5)) that are needed here.
struct ProcessStat {
  uint64_t user_ticks = 0;
  uint64_t system_ticks = 0;
  uint64_t threads = 0;
  uint64_t start_ticks = 0;  ///< since the system started
  uint64_t virtual_bytes = 0;
  uint64_t resident_pages = 0;
};
/// The name of the process, in parentheses, may hold anything.
std::optional<ProcessStat> parse_process_stat(std::string_view line);

}  // namespace astray::web
