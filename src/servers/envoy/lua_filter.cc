#include <map>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "servers/envoy/connection_manager.h"

namespace astray::envoy {
namespace {

constexpr size_t max_tokens = 200;

bool is_word(char c) {
  return c == '_' || is_ascii_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Words, texts as "text", and single signs; comments are left out. Empty where the code is not understood.
std::vector<std::string> tokens_of(std::string_view code) {
  std::vector<std::string> tokens;
  size_t at = 0;
  while (at < code.size() && tokens.size() <= max_tokens) {
    const char c = code[at];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ';') {
      ++at;
    } else if (code.substr(at).starts_with("--")) {
      if (code.substr(at).starts_with("--[")) return {};
      at = std::min(code.find('\n', at), code.size());
    } else if (c == '"' || c == '\'') {
      const size_t end = code.find(c, at + 1);
      if (end == std::string_view::npos) return {};
      tokens.push_back('"' + std::string(code.substr(at + 1, end - at - 1)) + '"');
      at = end + 1;
    } else if (is_word(c)) {
      const size_t begin = at;
      while (at < code.size() && is_word(code[at])) ++at;
      tokens.emplace_back(code.substr(begin, at - begin));
    } else {
      const bool is_unequal = code.substr(at).starts_with("~=");
      tokens.emplace_back(code.substr(at, is_unequal ? 2 : 1));
      at += is_unequal ? 2 : 1;
    }
  }
  return tokens;
}

/// Whether the tokens are those of the form. There, $NAME stands for any name, the same wherever it stands again,
/// and $* for anything up to the next token of the form.
bool fits(const std::vector<std::string>& tokens, const std::vector<std::string>& form) {
  std::map<std::string, std::string> names;
  size_t at = 0;
  for (size_t i = 0; i < form.size(); ++i) {
    if (form[i] == "$*") {
      while (at < tokens.size() && tokens[at] != form[i + 1]) ++at;
      continue;
    }
    if (at >= tokens.size()) return false;
    if (form[i].starts_with('$')) {
      if (!is_word(tokens[at].front())) return false;
      if (names.try_emplace(form[i], tokens[at]).first->second != tokens[at]) return false;
    } else if (form[i] != tokens[at]) {
      return false;
    }
    ++at;
  }
  return at == tokens.size();
}

std::vector<std::string> lua_words(std::string_view text) {
  std::vector<std::string> all;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    if (end > begin) all.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

constexpr std::string_view lua_opening = "function envoy_on_request ( $handle ) ";
constexpr std::string_view lua_headers = "local $headers = $handle : headers ( ) ";
constexpr std::string_view lua_host_of_headers =
    "local $host = string . lower ( $headers : get ( \":authority\" ) ) ";
constexpr std::string_view lua_host_at_once =
    "local $host = string . lower ( $handle : headers ( ) : get ( \":authority\" ) ) ";
constexpr std::string_view lua_cut_port =
    "local $s , $e = string . find ( $host , \":\" , 1 , true ) if $s ~= nil then $host = string . sub ( $host , "
    "1 , $s - 1 ) end ";
constexpr std::string_view lua_sni = "local $sni = $handle : streamInfo ( ) : requestedServerName ( ) ";
constexpr std::string_view lua_answer = "if $host ~= $sni then $handle : respond ( { [ \":status\" ] = \"421\" $* ) end end";

}  // namespace

bool is_lua_that_compares_with_sni(std::string_view code) {
  const std::vector<std::string> tokens = tokens_of(code);
  if (tokens.empty() || tokens.size() > max_tokens) return false;
  const auto any_order = [&](std::string_view host) {
    const std::string cut(lua_cut_port);
    const std::string get(host);
    for (const std::string& middle : {get + cut + std::string(lua_sni), std::string(lua_sni) + get + cut,
                                      get + std::string(lua_sni) + cut})
      if (fits(tokens, lua_words(std::string(lua_opening) + middle + std::string(lua_answer)))) return true;
    return false;
  };
  return any_order(std::string(lua_headers) + std::string(lua_host_of_headers)) || any_order(lua_host_at_once);
}

}  // namespace astray::envoy
