#include "verdict/connection_facts.h"

namespace astray {

std::string_view to_string(Protocol protocol) {
  switch (protocol) {
    case Protocol::h1:
      return "h1";
    case Protocol::h2:
      return "h2";
    case Protocol::h3:
      return "h3";
  }
  return {};
}

std::string_view to_string(AlpnOffer offer) {
  switch (offer) {
    case AlpnOffer::none:
      return "none";
    case AlpnOffer::h1:
      return "h1";
    case AlpnOffer::h2:
      return "h2";
    case AlpnOffer::h2_only:
      return "h2-only";
  }
  return {};
}

}  // namespace astray
