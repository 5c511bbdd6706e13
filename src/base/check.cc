#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace astray {

void check_failed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "astray: defect at %s:%d: %s does not hold\n", file, line, condition);
  std::abort();
}

}  // namespace astray
