#pragma once
#include "io/file_descriptor.h"
#include "io/network.h"

namespace astray {

/// A TCP socket that listens, non-blocking and close-on-exec; connections wait in it until a loop takes it up
/// (SocketNetwork::adopt). An IPv6 one takes no IPv4.
Result<FileDescriptor, ListenError> open_listening_socket(Endpoint at, ListenOptions options);

/// Where it listens, with the port that the system picked. 0.0.0.0:0 for what is no socket of IPv4 or IPv6.
Endpoint local_endpoint(const FileDescriptor& socket);

}  // namespace astray
