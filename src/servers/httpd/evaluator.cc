#include "servers/httpd/evaluator.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "servers/httpd/addresses.h"
#include "servers/httpd/words.h"
#include "servers/model/file_source.h"

namespace astray::httpd {
namespace {

using ReaderTable = std::unordered_map<std::string_view, void (*)(Scope&, const Directive&)>;

const ReaderTable& readers() {
  static const ReaderTable table = [] {
    ReaderTable all;
    for (auto family :
         {host_directives(), tls_directives(), proxy_directives(), answer_directives(), log_directives()})
      for (const DirectiveReader& row : family) all.emplace(row.name, row.read);
    return all;
  }();
  return table;
}

/// A directive's name in lower case, without an allocation.
class LowerName {
 public:
  explicit LowerName(std::string_view name) : size_(name.size() < sizeof text_ ? name.size() : 0) {
    for (size_t i = 0; i < size_; ++i) text_[i] = ascii_lower(name[i]);
  }
  std::string_view view() const { return {text_, size_}; }

 private:
  size_t size_;
  char text_[40] = {};
};

void walk(Scope& scope, const std::vector<Directive>& directives,
          std::vector<VirtualHostSection>* virtual_hosts);

void walk_section(Scope& scope, const Directive& section, std::string_view name) {
  Scope inner = scope;
  Setting<bool> preserve_host;
  int rewrite_conditions = 0;
  std::string balancer;
  std::string_view arguments = section.arguments;
  inner.rewrite_conditions = &rewrite_conditions;
  if (name == "location" || name == "locationmatch") {
    std::vector<std::string_view> words = words_of(arguments, scope.shared.arena);
    bool is_pattern = name == "locationmatch" || (words.size() == 2 && words[0] == "~");
    std::string_view path = words.empty() ? std::string_view() : words.back();
    bool is_root = is_pattern ? scope.shared.matches_root(path, section.span) : path == "/";
    if (inner.place == Place::server)
      inner.place = is_root ? Place::root : Place::location;
    else if (!is_root)
      inner.place = Place::location;
    inner.location = is_pattern ? scope.shared.arena.keep(fmt::format("~ {}", path)) : path;
    inner.preserve_host = &preserve_host;
  } else if (name == "if" || name == "elseif" || name == "else") {
    if (inner.place != Place::location) inner.place = Place::conditional;
  } else if (name == "proxy") {
    inner.place = Place::location;
    std::string_view url = take_word(arguments, scope.shared.arena);
    if (ascii_istarts_with(url, "balancer://")) {
      balancer = ascii_lower(url.substr(11));
      while (balancer.ends_with('/')) balancer.pop_back();
      inner.balancer = &balancer;
    }
  } else if (name == "filesmatch" || name == "files") {
    std::vector<std::string_view> words = words_of(arguments, scope.shared.arena);
    inner.place = Place::location;
    if (!words.empty()) inner.location = scope.shared.arena.keep(fmt::format("~ {}", words.back()));
  } else if (name == "mdomain" || name == "mdomainset") {
    if (auto reader = readers().find("<mdomainset"); reader != readers().end())
      reader->second(scope, section);
    return;
  } else if (name == "requireany" || name == "requireall" || name == "requirenone" || name == "limit" ||
             name == "limitexcept") {
    // Authorization by groups or methods is not one fixed status.
    if (scope.place == Place::root) scope.server.root_is_authorized = true;
    return;
  } else {
    inner.place = Place::location;
    inner.location = section.arguments;
  }
  size_t first_mapping = scope.server.proxy.mappings.size();
  walk(inner, section.children, nullptr);
  if (preserve_host.stated())
    for (size_t i = first_mapping; i < scope.server.proxy.mappings.size(); ++i)
      scope.server.proxy.mappings[i].preserve_host = preserve_host;
}

void walk(Scope& scope, const std::vector<Directive>& directives,
          std::vector<VirtualHostSection>* virtual_hosts) {
  const ReaderTable& table = readers();
  for (const Directive& directive : directives) {
    LowerName name(directive.name);
    if (directive.is_section) {
      if (name.view() != "virtualhost") {
        walk_section(scope, directive, name.view());
      } else if (virtual_hosts != nullptr) {
        virtual_hosts->push_back({&directive, scope.server.port});
      } else {
        scope.error(
            directive,
            "<VirtualHost> stands in another section, which httpd refuses to start with; it is left out: "
            "move it to the top level");
      }
      continue;
    }
    if (auto reader = table.find(name.view()); reader != table.end()) reader->second(scope, directive);
  }
}

}  // namespace

std::string Evaluation::resolve(std::string_view path) const {
  return resolve_path(server_root, path);
}

bool Evaluation::matches_root(std::string_view pattern, SourceSpan span) {
  auto [entry, is_new] = root_matches.try_emplace(std::string(pattern), RegexAnswer::differs);
  if (is_new) entry->second = search(pattern, "/");
  if (entry->second == RegexAnswer::bad_pattern)
    problems.error(
        span,
        fmt::format("\"{}\" is no regular expression that could be used, so it is taken to match nothing",
                    pattern));
  return entry->second == RegexAnswer::matches;
}

std::vector<std::string_view> Scope::words(const Directive& directive) const {
  return words_of(directive.arguments, shared.arena);
}

std::vector<std::string_view> Scope::words(const Directive& directive, size_t least, size_t most) const {
  std::vector<std::string_view> found = words(directive);
  if (found.size() >= least && found.size() <= most && (found.empty() || !found[0].empty())) return found;
  error(directive,
        least == most
            ? fmt::format("{} takes {} argument{} and has {}; it is left out, and httpd refuses to start",
                          directive.name, least, least == 1 ? "" : "s", found.size())
            : fmt::format("{} takes {} to {} arguments and has {}; it is left out, and httpd refuses to "
                          "start",
                          directive.name, least, most, found.size()));
  return {};
}

std::optional<bool> Scope::flag(const Directive& directive) const {
  std::vector<std::string_view> found = words(directive);
  if (found.size() == 1 && ascii_iequals(found[0], "on")) return true;
  if (found.size() == 1 && ascii_iequals(found[0], "off")) return false;
  error(directive,
        fmt::format("{} must be On or Off; it is left out, and httpd refuses to start", directive.name));
  return std::nullopt;
}

ServerStatements evaluate_main(const std::vector<Directive>& tree, Evaluation& shared,
                               std::vector<VirtualHostSection>& virtual_hosts) {
  ServerStatements server;
  if (!tree.empty()) server.span = {tree.front().span.file, 1, 1};
  Scope scope{shared, server, true};
  int rewrite_conditions = 0;
  scope.rewrite_conditions = &rewrite_conditions;
  walk(scope, tree, &virtual_hosts);
  return server;
}

ServerStatements evaluate_virtual_host(const VirtualHostSection& section, Evaluation& shared) {
  ServerStatements server;
  server.span = section.directive->span;
  std::vector<std::string_view> words = words_of(section.directive->arguments, shared.arena);
  if (words.empty())
    shared.problems.error(
        server.span,
        "<VirtualHost> lacks its address, so nobody reaches it; httpd refuses to start: write "
        "<VirtualHost *:443> or the like");
  for (std::string_view word : words) {
    auto address = parse_virtual_host_address(word, section.default_port);
    if (address)
      server.addresses.push_back(*address);
    else
      shared.problems.error(server.span, "<VirtualHost>: " + address.error());
  }
  Scope scope{shared, server, false};
  int rewrite_conditions = 0;
  scope.rewrite_conditions = &rewrite_conditions;
  walk(scope, section.directive->children, nullptr);
  return server;
}

}  // namespace astray::httpd
