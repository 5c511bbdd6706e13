#pragma once
// `server` and `default-server` lines.
#include <optional>
#include <string>
#include <vector>

#include "servers/haproxy/reading.h"
#include "servers/haproxy/sections.h"
#include "servers/model/back_edge.h"

namespace astray::haproxy {

struct ServerLine {
  std::string name;
  SourceSpan span;
  BackAddress address;
  bool address_known = true;
  bool disabled = false;
  bool ssl = false;
  bool speaks_h2 = false;            ///< `alpn` with h2, `proto h2`: idle connections carry several requests
  std::optional<Expression> sni;
  SourceSpan sni_span;
  bool sni_auto = false;             ///< by default from 3.3 on
  SourceSpan sni_auto_span;
  std::optional<std::string> pool_name;  ///< pool-conn-name, as written
  SourceSpan pool_name_span;
  Setting<bool> verify;
  Setting<std::string> verify_host;  ///< "" when none
  Setting<std::string> ca_file;
  Setting<bool> session_reuse;
  Setting<int> keepalive;            ///< pool-max-conn; -1: as many as there are
};

/// What a server has that nothing is said of.
ServerLine default_server(const Reading& reading);
/// The words from `at` on, over what `server` has already.
void take_server_words(const Line& line, size_t at, ServerLine& server, Reading& reading);
/// A `server` or `server-template` line; absent: a problem was told.
std::optional<ServerLine> read_server(const Line& line, const ServerLine& defaults, Reading& reading);

}  // namespace astray::haproxy
