#include "gateway/configuration/configuration_reference.h"

#include "gateway/configuration/configuration_fields.h"
#include "gateway/configuration/reference_rows.h"

namespace astray::gateway {

std::string configuration_reference() {
  return reference_of<Configuration>();
}

}  // namespace astray::gateway
