#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "gateway/configuration/route_settings.h"
#include "gateway/message.h"

namespace astray::gateway {

/// What a route does to fields, in this order. Names are in lower case.
struct FieldEdits {
  std::vector<std::string> remove;
  Fields set;  ///< has this value, and no other line
  Fields add;  ///< one more line

  static FieldEdits of(const HeaderEditSettings& settings);
  void apply_to(Fields& fields) const;
};

/// Whether a route may match or edit a field of this name, in any letter case. Those that say where a message
/// ends, whom it is for, or what the connection is, are the gateway's own (FieldRole::connection and
/// ::typed).
bool is_open_to_routes(std::string_view name);
/// What is wrong with a configuration that names one.
std::string closed_to_routes(std::string_view name);
/// Every name that the settings mention.
std::vector<FieldName> edited_names(const HeaderEditSettings& settings);

}  // namespace astray::gateway
