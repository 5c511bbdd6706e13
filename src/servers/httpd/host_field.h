#pragma once
// Host and :authority as httpd reads them (server/vhost.c, fix_hostname), and what it refuses.
#include <string_view>

#include "names/port.h"
#include "verdict/reason.h"
#include "verdict/request_facts.h"

namespace astray::httpd {

enum class HostSyntax { strict, lenient };

/// The name that a request is looked up by, or why there is none.
struct AskedHost {
  enum class Outcome {
    name,
    bad_request,   ///< 400
    stream_reset,  ///< HTTP/2 only: nghttp2 refuses the header block, no status is sent
  };
  Outcome outcome = Outcome::name;
  Reason reason = Reason::own_name;  ///< unless `name`
  /// Without port, brackets and trailing dot, in the letter case it came in. Borrowed from the request.
  std::string_view name;
};

/// The text of one Host field or authority.
AskedHost read_host(std::string_view text, HostSyntax syntax);

/// Of an HTTP/1.1 request on a connection of that scheme: of an absolute-form target of the same scheme, else
/// of Host.
AskedHost read_h1_request(const RequestFacts& request, Scheme connection_scheme, HostSyntax syntax);
/// Of an HTTP/2 request: :authority, else Host, which nghttp2 has looked at first.
AskedHost read_h2_request(const RequestFacts& request, HostSyntax syntax);

}  // namespace astray::httpd
