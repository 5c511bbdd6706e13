#pragma once
// What the dynamic configurations define, by qualified name: "app@file".
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "servers/traefik/reading.h"

namespace astray::traefik {

/// A tree with `http`, `tcp` and `tls`, as a provider gives it.
struct Source {
  const Node* root = nullptr;
  std::string provider;  ///< "file", "docker", "kubernetescrd"
};

struct Definition {
  const Node* node = nullptr;
  std::string name;
  std::string provider;
  SourceSpan span{};  ///< of the name
};
using DefinitionMap = std::map<std::string, Definition, std::less<>>;

struct Definitions {
  DefinitionMap routers, services, middlewares, transports;
  DefinitionMap tcp_routers, tcp_services, tcp_transports;
  DefinitionMap tls_options;                 ///< that of name "default" is `default` whoever provides it
  std::vector<Definition> certificates;      ///< items of tls.certificates, unnamed
  const Node* default_store = nullptr;
  std::set<std::string, std::less<>> providers;  ///< that were read

  /// Whether what a name means can be known: its provider was read.
  bool is_readable(std::string_view qualified) const;
};

/// "app" of provider "file" is "app@file"; a name with "@" is qualified already.
std::string qualified(std::string_view name, std::string_view provider);

Definitions collect(const std::vector<Source>& sources, Reading& reading);

}  // namespace astray::traefik
