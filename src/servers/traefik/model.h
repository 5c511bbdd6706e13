#pragma once
#include "servers/traefik/parts.h"
#include "servers/traefik/store.h"
#include "servers/traefik/tables.h"

namespace astray::traefik {

/// Makes listeners and virtual hosts of the parts, and keeps the parts in the deployment. An entry point is a listener. A
/// virtual host of the deployment is a router with one certificate and one set of TLS options: the names that it takes
/// when they ask for "/" on a connection of their own. Whom no router knows has one as well, which answers 404.
void make_deployment(Parts parts, Deployment& deployment);

/// Which virtual host a name (lower case) leads to on a connection of its own.
struct Owner {
  const Router* router = nullptr;  ///< null: nobody
  std::string_view options = "default";
  const CertificateUse* certificate = nullptr;
  bool answers_root = false;  ///< false: the router takes other paths than "/" alone
};
Owner owner_of(const EntryTables& tables, const CertificateStore& store, const std::string& name, bool over_tls);

/// The key of an owner in Parts::ids.
std::string treatment(const Owner& owner, bool over_tls);
/// Of a router, whatever the name: its first virtual host.
std::string treatment(const Router& router, bool over_tls);

}  // namespace astray::traefik
