#pragma once
// Texts with variables: which are constant after all, and what name a text that is sent to the back stands
// for.
#include <optional>
#include <string>
#include <string_view>

#include "servers/model/back_edge.h"
#include "servers/nginx/scope.h"

namespace astray::nginx {

bool has_variables(std::string_view text);
/// "$ssl_server_name" or "${ssl_server_name}" stands in the text, and not merely as a part of a longer name.
bool mentions_variable(std::string_view text, std::string_view variable);

/// Replaces variables that a `set` of the scope gives a constant for every request; the others stay as
/// written. A `set` inside `if`, or one that Lua, njs or Perl makes, is no constant.
std::string substitute_constants(std::string_view text, const Scope& scope);

/// What a text that is sent as a name stands for. `proxy_host` is what $proxy_host would be.
NameExpression classify_name(std::string_view text, const Scope& scope, std::string_view proxy_host);

}  // namespace astray::nginx
