#pragma once
// How nghttp2 tells a Session what it saw. Internal to http2/.
struct nghttp2_session;

namespace astray::http2 {

class Session;

struct SessionCallbacks {
  /// A session of nghttp2 for this role and these options.
  static nghttp2_session* open(Session& session);
  struct Functions;
};

}  // namespace astray::http2
