#pragma once
// Runs of pages of one size, for what is large and mostly left alone: a page that nobody writes to costs nothing.
#include <cstddef>

namespace astray {

inline constexpr size_t page_run_bytes = size_t{28} * 1024;

struct PageRun {
  char* begin = nullptr;  ///< at the beginning of a page; null: the system has no memory
  bool is_zero = false;   ///< all of it
};
/// With AddressSanitizer there are none.
PageRun take_page_run();
/// Null is nothing. Any thread may give back what another took.
void give_page_run(char* begin) noexcept;

}  // namespace astray
