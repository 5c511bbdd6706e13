#include "http1/message.h"

namespace astray::http1 {

std::string_view to_string(Framing framing) {
  switch (framing) {
    case Framing::no_body:
      return "no_body";
    case Framing::content_length:
      return "content_length";
    case Framing::chunked:
      return "chunked";
    case Framing::until_close:
      return "until_close";
    case Framing::tunnel:
      return "tunnel";
  }
  return "";
}

}  // namespace astray::http1
