#pragma once
// Docker Compose files: Traefik's own flags, and the labels of the services that it looks at.
#include <map>
#include <string>

#include "servers/traefik/definitions.h"

namespace astray::traefik {

/// Whether a document is a Compose file with labels for Traefik.
bool is_compose(const Node* document);

class Compose {
 public:
  /// `environment` has what `${NAME}` stands for; what it lacks and has no default stays as it is, and is not known.
  Compose(const Node* document, std::map<std::string, std::string, std::less<>> environment, Reading& reading)
      : document_(document), environment_(std::move(environment)), reading_(reading) {}

  /// The flags and TRAEFIK_ variables of the service whose image is Traefik's; nullptr: there are none.
  const Node* statics();
  /// What the labels say, as the provider "docker".
  Source source(bool exposed_by_default);

 private:
  std::string filled(std::string_view text) const;
  void take_service(const gateway::YamlMember& service, bool exposed_by_default, Node& root);

  const Node* document_;
  std::map<std::string, std::string, std::less<>> environment_;
  Reading& reading_;
};

/// Lines NAME=VALUE, as in `.env`.
std::map<std::string, std::string, std::less<>> read_environment(std::string_view text);

}  // namespace astray::traefik
