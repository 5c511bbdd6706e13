#include "servers/nginx/expression.h"

#include <vector>

#include "base/ascii.h"

namespace astray::nginx {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_ascii_digit(c) || c == '_';
}

/// One variable in a text: [start, end) is "$name" or "${name}".
struct Reference {
  size_t start;
  size_t end;
  std::string_view name;
};

std::optional<Reference> next_variable(std::string_view text, size_t from) {
  for (size_t dollar = text.find('$', from); dollar != std::string_view::npos;
       dollar = text.find('$', dollar + 1)) {
    const bool in_braces = dollar + 1 < text.size() && text[dollar + 1] == '{';
    const size_t name_start = dollar + (in_braces ? 2 : 1);
    size_t name_end = name_start;
    while (name_end < text.size() && is_name_character(text[name_end])) ++name_end;
    if (name_end == name_start) continue;
    if (in_braces && (name_end == text.size() || text[name_end] != '}')) continue;
    return Reference{dollar, name_end + (in_braces ? 1 : 0), text.substr(name_start, name_end - name_start)};
  }
  return std::nullopt;
}

// Whether an `if` of the block may give the variable a value that depends on the request.
bool is_set_conditionally(const Scope& scope, std::string_view name) {
  const DirectiveTree& tree = scope.tree();
  for (const DirectiveId condition : scope.conditions())
    for (const DirectiveId inner : tree.children(condition))
      if (tree.argument(inner, 0).starts_with('$') && tree.argument(inner, 0).substr(1) == name) return true;
  return false;
}

// The value a `set` gives the variable for every request of the scope.
std::optional<std::string_view> constant_of(std::string_view name, const Scope& scope) {
  for (const Scope* at = &scope; at != nullptr; at = at->outer()) {
    const DirectiveTree& tree = at->tree();
    for (const Keyword keyword :
         {Keyword::set_by_lua_block, Keyword::set_by_lua_file, Keyword::set_by_lua, Keyword::js_set,
          Keyword::js_var, Keyword::perl_set, Keyword::auth_request_set}) {
      for (const DirectiveId id : at->own(keyword))
        if (tree.argument(id, 0).substr(0, 1) == "$" && tree.argument(id, 0).substr(1) == name)
          return std::nullopt;
    }
    if (is_set_conditionally(*at, name)) return std::nullopt;
    const std::vector<DirectiveId> sets = at->own(Keyword::set);
    for (auto set = sets.rbegin(); set != sets.rend(); ++set)
      if (tree.argument(*set, 0).starts_with('$') && tree.argument(*set, 0).substr(1) == name)
        return tree.argument(*set, 1);
  }
  return std::nullopt;
}

std::string substitute(std::string_view text, const Scope& scope, int depth) {
  std::string out;
  size_t position = 0;
  while (const std::optional<Reference> variable = next_variable(text, position)) {
    out += text.substr(position, variable->start - position);
    const std::optional<std::string_view> value =
        depth == 0 ? std::nullopt : constant_of(variable->name, scope);
    if (value)
      out += substitute(*value, scope, depth - 1);
    else
      out += text.substr(variable->start, variable->end - variable->start);
    position = variable->end;
  }
  out += text.substr(position);
  return out;
}

}  // namespace

bool has_variables(std::string_view text) {
  return next_variable(text, 0).has_value();
}

bool mentions_variable(std::string_view text, std::string_view variable) {
  for (std::optional<Reference> found = next_variable(text, 0); found;
       found = next_variable(text, found->end))
    if (found->name == variable) return true;
  return false;
}

std::string substitute_constants(std::string_view text, const Scope& scope) {
  constexpr int max_depth = 8;  // `set $a $b; set $b $a;` is legal
  return has_variables(text) ? substitute(text, scope, max_depth) : std::string(text);
}

NameExpression classify_name(std::string_view written, const Scope& scope, std::string_view proxy_host) {
  const std::string text = substitute_constants(written, scope);
  const std::optional<Reference> variable = next_variable(text, 0);
  if (!variable) return {text.empty() ? NameExpression::Kind::none : NameExpression::Kind::fixed, text};
  const NameExpression unknowable{NameExpression::Kind::unknowable, std::string(written)};
  if (variable->start != 0) return unknowable;
  // Behind the name may stand a port: it changes neither the SNI (nginx strips it) nor whom the Host means.
  const std::string_view rest = std::string_view(text).substr(variable->end);
  if (!rest.empty()) {
    if (rest.front() != ':') return unknowable;
    const std::string_view port = rest.substr(1);
    if (port.find_first_not_of("0123456789") != std::string_view::npos && port != "$server_port" &&
        port != "$proxy_port" && port != "${server_port}" && port != "${proxy_port}")
      return unknowable;
  }
  if (variable->name == "host") return {NameExpression::Kind::request_host, text};
  if (variable->name == "http_host") return {NameExpression::Kind::request_host_raw, text};
  if (variable->name == "ssl_server_name" || variable->name == "ssl_preread_server_name")
    return {NameExpression::Kind::front_sni, text};
  if (variable->name == "server_name") return {NameExpression::Kind::first_name, text};
  if (variable->name == "proxy_host" && !proxy_host.empty())
    return {NameExpression::Kind::back_host, std::string(proxy_host)};
  return unknowable;
}

}  // namespace astray::nginx
