#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "servers/model/deployment.h"
#include "servers/nginx/directive_tree.h"

namespace astray::nginx {

/// One `listen` directive, of http { } or stream { }.
struct Listen {
  SourceSpan span;
  std::vector<ListenAddress> addresses;  ///< several for a range of ports
  bool is_default = false;
  bool ssl = false;
  bool http2 = false;
  bool quic = false;
  bool udp = false;
  bool proxy_protocol = false;
  std::vector<std::string> unknown_parameters;
};

/// The address forms of ngx_parse_url with `listen` set; a port is not given: `default_port`.
/// The Error says what was expected.
Result<std::vector<ListenAddress>> parse_listen_address(std::string_view text, Port default_port);

Result<Listen> parse_listen(const DirectiveTree& tree, DirectiveId directive);

}  // namespace astray::nginx
