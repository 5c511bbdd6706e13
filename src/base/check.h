#pragma once
// CHECK stops the process on a defect of ours; it is never for input, peers or the world.

namespace astray {
[[noreturn]] void check_failed(const char* file, int line, const char* condition);
}  // namespace astray

#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::astray::check_failed(__FILE__, __LINE__, #condition))
