#include "gateway/configuration/configuration_schema.h"

#include "gateway/configuration/configuration_fields.h"
#include "gateway/configuration/section_schema.h"

namespace astray::gateway {

std::string configuration_schema() {
  return schema_of<Configuration>("The configuration of astray gateway");
}

}  // namespace astray::gateway
