#pragma once
// What HAProxy makes of the names that a request carries (h1.c, h2.c, http_htx.c).
#include <optional>
#include <string>

#include "servers/model/version.h"
#include "verdict/reason.h"
#include "verdict/request_facts.h"

namespace astray::haproxy {

struct HostField {
  int status = 0;                                ///< not 0: refused with it
  bool resets = false;                           ///< refused by ending the stream, or the connection
  Reason reason = Reason::own_name;
  std::optional<std::string> host;               ///< what rules see; absent: none
  bool is_fixed = false;                         ///< of an empty :authority: `set-header Host` fails (http_update_authority)
};
HostField read_host(const RequestFacts& request, bool is_h2, bool is_tls, Version version);

/// Lower case, without port: how names are told apart for the model.
std::string bare_name(std::string_view host);

}  // namespace astray::haproxy
