#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/task.h"
#include "names/hostname.h"
#include "names/ip_address.h"

namespace astray {

struct ResolveError {
  enum class Kind {
    not_found,      ///< the name does not exist (NXDOMAIN)
    no_data,        ///< the name exists, without A and AAAA
    refused,        ///< the DNS server refused to answer
    timed_out,      ///< no DNS server answered in time
    server_failed,  ///< SERVFAIL
    unreachable,    ///< no DNS server could be contacted
    bad_response,   ///< an answer that is no DNS message, or does not fit the question
    bad_setup,      ///< the resolver could not be set up
    other,
  };
  Kind kind = Kind::other;
  std::string message;  ///< the resolver's own sentence
  bool operator==(const ResolveError&) const = default;
};
std::string_view to_string(ResolveError::Kind kind);  ///< "not_found", …

/// A and AAAA of a name, the hosts file first. Outlives its tasks.
class Resolver {
 public:
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  virtual ~Resolver() = default;

  /// At least one address, each once: IPv4 first, then IPv6, ascending, whatever order the answers came in,
  /// so that two runs compare.
  virtual Task<Result<std::vector<IpAddress>, ResolveError>> resolve(Hostname name) = 0;

 protected:
  Resolver() = default;
};

}  // namespace astray
