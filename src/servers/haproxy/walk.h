#pragma once
// One request on its way through a frontend's and a backend's rules, in HAProxy's order.
#include <vector>

#include "servers/haproxy/proxy.h"

namespace astray::haproxy {

struct Outcome {
  enum class Kind : uint8_t {
    unknown,
    served,   ///< by the answerer's servers, or by its `http-request return` with a status below 300
    status,   ///< an answer of HAProxy's own: a refusal, a redirection, an error
    closed,   ///< no answer
  };
  Kind kind = Kind::unknown;
  ProxyId answerer = ProxyId::none;  ///< whose rules or servers decide
  int status = 0;
  bool by_default = false;           ///< no use_backend took it
  SourceSpan source;
  std::vector<const Rule*> host_rules;  ///< that changed the Host, in order
};

/// `request` as it comes in; variables are filled on the way.
Outcome walk(const Proxies& proxies, ProxyId frontend, RequestView request);

}  // namespace astray::haproxy
