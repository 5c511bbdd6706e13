#pragma once
#include <string>
#include <vector>

#include "names/ip_address.h"
#include "names/port.h"

namespace astray {

/// A name inside of a cluster that stands for the addresses behind it, such as a Kubernetes Service.
struct Service {
  std::vector<std::string> names;  ///< lower case: "a.shop.svc.cluster.local", and the shorter ones that lead there
  Port port{80};
  struct Endpoint {
    IpAddress address;
    Port port;
  };
  std::vector<Endpoint> endpoints;  ///< empty: nobody said
  std::string alias;                ///< of another name, at the same port; "": none
};

}  // namespace astray
