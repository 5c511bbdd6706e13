#pragma once
// The names that a frontend's rules tell apart.
#include <string>
#include <vector>

#include "servers/haproxy/proxy.h"
#include "servers/model/deployment.h"

namespace astray::haproxy {

struct RuleName {
  NamedPattern name;
  std::string sample;  ///< a name that the pattern stands for
};

/// In the order of the configuration; a name may come up more than once.
std::vector<RuleName> names_in_rules(const Proxies& proxies, const Proxy& frontend);

/// A name that a pattern of this kind stands for; "" where none can be made.
std::string sample_of(const ServerNamePattern& pattern);

}  // namespace astray::haproxy
