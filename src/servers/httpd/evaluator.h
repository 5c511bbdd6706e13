#pragma once
// Walks the tree and lets each directive state what it states.
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "servers/httpd/directive.h"
#include "servers/httpd/problems.h"
#include "servers/httpd/regex.h"
#include "servers/httpd/statements.h"
#include "servers/httpd/text_arena.h"
#include "servers/model/version.h"

namespace astray::httpd {

/// What evaluation shares, whichever section it is in.
struct Evaluation {
  Problems& problems;
  TextArena& arena;
  const std::string& server_root;
  GlobalStatements& global;
  Version version;
  std::unordered_map<std::string, RegexAnswer> root_matches = {};  ///< patterns tried against "/"

  std::string resolve(std::string_view path) const;
  /// Whether a pattern matches the path "/".
  bool matches_root(std::string_view pattern, SourceSpan span);
};

/// Where a directive stands, within its server section.
enum class Place : uint8_t {
  server,       ///< directly in it
  root,         ///< in <Location "/">
  location,     ///< in another <Location>, a <Directory>, <Files>, …
  conditional,  ///< in <If>, <ElseIf>, <Else>: it depends on the request
};

struct Scope {
  Evaluation& shared;
  ServerStatements& server;
  bool is_main;
  Place place = Place::server;
  std::string_view location = {};   ///< path or pattern of the innermost <Location…>
  std::string* balancer = nullptr;  ///< in <Proxy "balancer://name">: the name
  Setting<bool>* preserve_host = nullptr;
  /// How many mod_rewrite conditions stand before the next rule.
  int* rewrite_conditions = nullptr;

  bool in_server() const { return place == Place::server; }
  void error(const Directive& directive, std::string message) const {
    shared.problems.error(directive.span, std::move(message));
  }
  void warning(const Directive& directive, std::string message) const {
    shared.problems.warning(directive.span, std::move(message));
  }
  std::vector<std::string_view> words(const Directive& directive) const;
  /// The words when there are between `least` and `most` of them; else an error is noted and they are empty.
  std::vector<std::string_view> words(const Directive& directive, size_t least, size_t most) const;
  /// "on" or "off"; anything else is an error.
  std::optional<bool> flag(const Directive& directive) const;
  template <typename T>
  static Setting<T> stated(T value, const Directive& directive) {
    return {std::move(value), directive.span, Provenance::set};
  }
};

struct DirectiveReader {
  std::string_view name;  ///< lower case
  void (*read)(Scope& scope, const Directive& directive);
};
std::span<const DirectiveReader> host_directives();
std::span<const DirectiveReader> tls_directives();
std::span<const DirectiveReader> proxy_directives();
std::span<const DirectiveReader> answer_directives();
std::span<const DirectiveReader> log_directives();

/// A <VirtualHost> of the tree, and the port that an address of it without one has.
struct VirtualHostSection {
  const Directive* directive;
  uint16_t default_port;
};

/// The main server's statements; virtual hosts are collected, not read.
ServerStatements evaluate_main(const std::vector<Directive>& tree, Evaluation& shared,
                               std::vector<VirtualHostSection>& virtual_hosts);
ServerStatements evaluate_virtual_host(const VirtualHostSection& section, Evaluation& shared);

}  // namespace astray::httpd
