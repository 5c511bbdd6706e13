#include "io/network.h"

#include "io/error_text.h"

namespace astray {
namespace {

constexpr std::string_view no_descriptor = "no file descriptor is free; raise the limit (ulimit -n)";

}  // namespace

std::string_view to_string(ConnectError::Kind kind) {
  switch (kind) {
    case ConnectError::Kind::refused:
      return "refused";
    case ConnectError::Kind::timed_out:
      return "timed_out";
    case ConnectError::Kind::unreachable:
      return "unreachable";
    case ConnectError::Kind::address_unavailable:
      return "address_unavailable";
    case ConnectError::Kind::too_many_descriptors:
      return "too_many_descriptors";
    case ConnectError::Kind::permission_denied:
      return "permission_denied";
    case ConnectError::Kind::other:
      return "other";
  }
  return {};
}

std::string describe(const ConnectError& error) {
  switch (error.kind) {
    case ConnectError::Kind::refused:
      return with_system_error("connection refused", error.system_error);
    case ConnectError::Kind::timed_out:
      return with_system_error("no answer to the attempt to connect", error.system_error);
    case ConnectError::Kind::unreachable:
      return with_system_error("the address is unreachable", error.system_error);
    case ConnectError::Kind::address_unavailable:
      return with_system_error("the local address cannot be used, or its ports are used up",
                               error.system_error);
    case ConnectError::Kind::too_many_descriptors:
      return with_system_error(no_descriptor, error.system_error);
    case ConnectError::Kind::permission_denied:
      return with_system_error("the system forbids this connection", error.system_error);
    case ConnectError::Kind::other:
      break;
  }
  return with_system_error("the connection could not be made", error.system_error);
}

std::string describe(const ListenError& error) {
  switch (error.kind) {
    case ListenError::Kind::address_in_use:
      return with_system_error("another socket listens there", error.system_error);
    case ListenError::Kind::address_unavailable:
      return with_system_error("the address is not one of this machine", error.system_error);
    case ListenError::Kind::too_many_descriptors:
      return with_system_error(no_descriptor, error.system_error);
    case ListenError::Kind::permission_denied:
      return with_system_error("the system forbids listening there", error.system_error);
    case ListenError::Kind::other:
      break;
  }
  return with_system_error("listening failed", error.system_error);
}

std::string describe(const AcceptError& error) {
  if (error.kind == AcceptError::Kind::too_many_descriptors)
    return with_system_error(no_descriptor, error.system_error);
  return with_system_error("accepting a connection failed", error.system_error);
}

}  // namespace astray
