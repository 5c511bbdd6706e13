#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/file_descriptor.h"
#include "names/endpoint.h"

namespace astray::proxy {

/// A listening socket that the service manager opened for us: sd_listen_fds(3), without its library.
struct ActivatedSocket {
  FileDescriptor descriptor;
  Endpoint address;
  std::string name;  ///< FileDescriptorName= of the socket unit; "" where none is told
};

/// The variables that tell of them.
struct ActivationVariables {
  std::optional<std::string_view> process{};      ///< LISTEN_PID
  std::optional<std::string_view> descriptors{};  ///< LISTEN_FDS
  std::optional<std::string_view> names{};        ///< LISTEN_FDNAMES
};

/// Takes them: close-on-exec, non-blocking. None when the variables are not there or meant for another
/// process. The error says which descriptor is no listening TCP socket, or which variable makes no sense; all
/// of them are closed then. At most 1000. Once in a process. `first`: the number of the first one.
Result<std::vector<ActivatedSocket>> take_activated_sockets(const ActivationVariables& variables, pid_t self,
                                                            int first = 3);

}  // namespace astray::proxy
