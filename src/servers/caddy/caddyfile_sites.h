#pragma once
// Which site of a Caddyfile listens where (https://caddyserver.com/docs/caddyfile/concepts#addresses).
#include <optional>
#include <string>
#include <vector>

#include "servers/caddy/caddyfile_tree.h"
#include "servers/caddy/configuration.h"

namespace astray::caddy {

/// "https://*.example.com:8443/path", lower case; parts that are not written are "".
struct SiteAddress {
  std::string scheme, host, port, path;
  Word written;
};
/// Absent with a problem where the port is none.
std::optional<SiteAddress> parse_site_address(const Token& token, Deployment& deployment);

/// A site as one of its listeners has it: with those of its addresses that lead there.
struct SiteOnListener {
  const SiteBlock* block = nullptr;
  size_t index = 0;  ///< of the block in its file
  std::vector<SiteAddress> addresses;
};

/// One server: sites that share the same listener addresses, the most specific first.
struct SitesOfServer {
  std::vector<Word> listen;
  std::vector<SiteOnListener> sites;
};

struct ListeningOptions {
  int http_port = 80;
  int https_port = 443;
  std::vector<Token> default_bind;
};

std::vector<SitesOfServer> servers_of(const std::vector<SiteBlock>& blocks, const ListeningOptions& options,
                                      Deployment& deployment);

/// The names that a site's addresses state; none when one of them takes every name.
std::vector<Word> hosts_of(const SiteOnListener& site);

}  // namespace astray::caddy
