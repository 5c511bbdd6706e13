#include "base/page_runs.h"

#include <sys/mman.h>

#include <vector>

#include "base/blocks.h"

namespace astray {
namespace {

constexpr size_t runs_at_once = 64;
/// Of those that were used: above that, their pages go back to the system, and the run itself stays for later.
constexpr size_t most_used = 64;

constinit thread_local bool thread_ends = false;

/// Of one thread.
struct Runs {
  ~Runs() {
    thread_ends = true;
    for (char* const run : used) munmap(run, page_run_bytes);
    for (char* const run : zero) munmap(run, page_run_bytes);
  }
  std::vector<char*> used;  ///< perhaps still in a cache: taken first
  std::vector<char*> zero;
};

/// Null when the thread ends.
Runs* runs() {
  if (thread_ends) return nullptr;
  static thread_local Runs kept;
  return &kept;
}

bool make_runs(Runs& to) {
  void* const pages = mmap(nullptr, runs_at_once * page_run_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return false;
  madvise(pages, runs_at_once * page_run_bytes, MADV_NOHUGEPAGE);  // one page that is written to would bring all
  to.zero.reserve(to.zero.size() + runs_at_once);
  for (size_t i = runs_at_once; i-- > 0;) to.zero.push_back(static_cast<char*>(pages) + i * page_run_bytes);
  return true;
}

char* take_last(std::vector<char*>& from) {
  char* const last = from.back();
  from.pop_back();
  return last;
}

}  // namespace

PageRun take_page_run() {
  Runs* const kept = keeps_blocks ? runs() : nullptr;
  if (kept == nullptr) return {};
  if (!kept->used.empty()) return {take_last(kept->used), false};
  if (kept->zero.empty() && !make_runs(*kept)) return {};
  return {take_last(kept->zero), true};
}

void give_page_run(char* begin) noexcept {
  if (begin == nullptr) return;
  Runs* const kept = runs();
  if (kept == nullptr) {
    munmap(begin, page_run_bytes);
    return;
  }
  const bool is_zeroed = kept->used.size() >= most_used && madvise(begin, page_run_bytes, MADV_DONTNEED) == 0;
  (is_zeroed ? kept->zero : kept->used).push_back(begin);
}

}  // namespace astray
