#include <optional>
#include <unordered_map>

#include "servers/httpd/variables.h"
#include "servers/httpd/words.h"

namespace astray::httpd {
namespace {

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name_char(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9');
}

/// Values by name; an absent value means that something we do not run decides it.
using ShellValues = std::unordered_map<std::string, std::optional<std::string>>;

/// A shell word's value: quotes removed, $NAME and ${NAME} replaced (unset ones by nothing). nullopt when it
/// holds a command or an expansion beyond plain names.
std::optional<std::string> value_of(std::string_view word, const ShellValues& values) {
  std::string value;
  char quote = '\0';
  for (size_t i = 0; i < word.size(); ++i) {
    char c = word[i];
    if (quote == '\0' && (is_space(c) || c == ';' || c == '#' || c == '&' || c == '|')) break;
    if (c == '`') return std::nullopt;
    if (c == '\\' && quote != '\'' && i + 1 < word.size()) {
      value += word[++i];
    } else if (quote != '\0' ? c == quote : c == '"' || c == '\'') {
      quote = quote != '\0' ? '\0' : c;
    } else if (c == '$' && quote != '\'' && i + 1 < word.size() &&
               (word[i + 1] == '{' || is_name_start(word[i + 1]))) {
      bool braces = word[i + 1] == '{';
      size_t start = i + (braces ? 2 : 1);
      size_t end = start;
      while (end < word.size() && is_name_char(word[end])) ++end;
      if (braces && (end >= word.size() || word[end] != '}')) return std::nullopt;
      auto known = values.find(std::string(word.substr(start, end - start)));
      if (known != values.end()) {
        if (!known->second) return std::nullopt;
        value += *known->second;
      }
      i = braces ? end : end - 1;
    } else if (c == '$' && quote != '\'' && i + 1 < word.size() && word[i + 1] == '(') {
      return std::nullopt;
    } else {
      value += c;
    }
  }
  return value;
}

/// Whether the branch of an `if` runs, where that can be told.
enum class Branch { runs, does_not_run, unknown };
Branch opposite(Branch branch) {
  return branch == Branch::runs           ? Branch::does_not_run
         : branch == Branch::does_not_run ? Branch::runs
                                          : branch;
}

/// Debian asks whether its configuration folder is a second instance's, "/etc/apache2-name".
Branch decide(std::string_view condition, std::string_view configuration_folder) {
  if (condition.find("${APACHE_CONFDIR##/etc/apache2-}") == std::string_view::npos) return Branch::unknown;
  return configuration_folder.starts_with("/etc/apache2-") ? Branch::runs : Branch::does_not_run;
}

}  // namespace

void read_environment_file(std::string_view text, std::string_view configuration_folder,
                           Variables& variables) {
  ShellValues values;
  values["APACHE_CONFDIR"] = std::string(configuration_folder);
  std::vector<Branch> branches;
  std::string suffix;
  if (configuration_folder.starts_with("/etc/apache2-"))
    suffix = configuration_folder.substr(std::string_view("/etc/apache2-").size());

  while (!text.empty()) {
    size_t feed = text.find('\n');
    std::string_view line = trim(text.substr(0, feed));
    text = feed == std::string_view::npos ? std::string_view() : text.substr(feed + 1);
    if (line.starts_with("if ")) branches.push_back(decide(line, configuration_folder));
    if (line == "fi" && !branches.empty()) branches.pop_back();
    if (!branches.empty() && line == "else") branches.back() = opposite(branches.back());
    if (!branches.empty() && line.starts_with("elif ")) branches.back() = Branch::unknown;
    if (line.starts_with("export ")) line = trim(line.substr(7));

    size_t equals = line.find('=');
    if (equals == std::string_view::npos || equals == 0 || !is_name_start(line[0])) continue;
    std::string_view name = line.substr(0, equals);
    bool is_name = true;
    for (char c : name) is_name = is_name && is_name_char(c);
    if (!is_name) continue;
    Branch branch = Branch::runs;
    for (Branch outer : branches)
      if (outer != Branch::runs && branch != Branch::does_not_run) branch = outer;
    if (branch == Branch::does_not_run) continue;
    std::string_view right = line.substr(equals + 1);
    std::optional<std::string> value = value_of(right, values);
    if (right == "\"-${APACHE_CONFDIR##/etc/apache2-}\"") value = "-" + suffix;
    if (branch == Branch::unknown) value = std::nullopt;
    values[std::string(name)] = value;
  }
  for (auto& [name, value] : values)
    if (value && name != "APACHE_CONFDIR") variables.set_environment(name, *value);
}

}  // namespace astray::httpd
