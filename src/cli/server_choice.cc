#include "cli/server_choice.h"

#include <fmt/format.h>

#include "cli/parse.h"
#include "report/printable.h"

namespace astray {
namespace {

std::vector<std::string_view> server_ids() {
  std::vector<std::string_view> ids;
  for (const Server& server : all_servers()) ids.push_back(server.id);
  return ids;
}

std::optional<BinaryVersion> version_behind(std::string_view text, std::string_view mark, ServerKind kind) {
  const size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + mark.size());
  const std::optional<Version> version =
      Version::parse(text.substr(0, text.find_first_not_of("0123456789.")));
  if (!version) return std::nullopt;
  return BinaryVersion{&server(kind), *version};
}

}  // namespace

Result<ServerChoice> parse_server_choice(std::string_view text) {
  ServerChoice choice;
  const auto malformed = [&](const std::string& what) {
    return failure(
        fmt::format("--server {}: {}{} Expected KIND@VERSION such as nginx@1.22.1, KIND alone, or "
                    "FILE=KIND@VERSION for one of several configurations",
                    printable(text), what, what.ends_with('?') ? "" : "."));
  };
  std::string_view rest = text;
  if (const size_t equals = rest.rfind('='); equals != std::string_view::npos) {
    choice.input = rest.substr(0, equals);
    rest.remove_prefix(equals + 1);
    if (choice.input.empty()) return malformed("no file stands before '='");
  }
  const size_t at = rest.find('@');
  const std::string_view kind = rest.substr(0, at);
  choice.server = find_server(kind == "apache" || kind == "apache2" ? std::string_view("httpd") : kind);
  if (choice.server == nullptr) {
    const std::vector<std::string_view> ids = server_ids();
    return malformed(fmt::format("'{}' is none of the servers that astray reads ({}){}", printable(kind),
                                 fmt::join(ids, ", "), did_you_mean(kind, ids)));
  }
  if (at != std::string_view::npos) {
    choice.version = Version::parse(rest.substr(at + 1));
    if (!choice.version) return malformed(fmt::format("'{}' is no version", printable(rest.substr(at + 1))));
  }
  return choice;
}

std::optional<BinaryVersion> version_in_text(std::string_view text) {
  // Derivatives announce themselves under their own name first ("nginx version: openresty/1.21.4.1").
  if (auto found = version_behind(text, "nginx version: nginx/", ServerKind::nginx)) return found;
  if (auto found = version_behind(text, "HAProxy version ", ServerKind::haproxy)) return found;
  return version_behind(text, "Server version: Apache/", ServerKind::httpd);
}

}  // namespace astray
