#include "servers/model/setting.h"

namespace astray {

std::string_view to_string(Provenance provenance) {
  switch (provenance) {
    case Provenance::default_value: return "default";
    case Provenance::set: return "set";
    case Provenance::inherited: return "inherited";
    case Provenance::unknowable: return "unknowable";
  }
  return "";
}

}  // namespace astray
