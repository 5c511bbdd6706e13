#pragma once
#include <string>

namespace astray::gateway {

/// docs/schema/gateway.schema.json: a JSON schema (draft 2020-12) of the configuration, for editors. It says
/// what one can of single values; what names what is check_configuration's.
std::string configuration_schema();

}  // namespace astray::gateway
