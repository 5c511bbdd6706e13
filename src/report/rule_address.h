#pragma once
#include <string>
#include <string_view>

#include "audit/rule.h"

namespace astray {

/// Where the project is at home, as told to the build (ASTRAY_HOMEPAGE); a URN when it was not told.
extern const std::string_view project_address;

/// The address of a rule's page: below the homepage, or a URN.
std::string address_of(const Rule& rule);

}  // namespace astray
