#include "io/error_text.h"

#include <string.h>

namespace astray {

std::string with_system_error(std::string_view sentence, int system_error) {
  std::string text(sentence);
  if (system_error == 0) return text;
  const char* name = strerrorname_np(system_error);
  return text + " (" + (name != nullptr ? name : "errno " + std::to_string(system_error)) + ")";
}

}  // namespace astray
