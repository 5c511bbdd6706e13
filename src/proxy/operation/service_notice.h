#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/monotonic_time.h"
#include "base/result.h"
#include "io/file_descriptor.h"

namespace astray::proxy {

/// Tells the service manager how the process is doing: sd_notify(3), without its library.
class ServiceNotice {
 public:
  /// `socket`: the value of NOTIFY_SOCKET, a path or "@" and an abstract name; absent or empty: nobody wants
  /// to know, and everything below succeeds. The error says what is wrong with it.
  static Result<ServiceNotice> to(std::optional<std::string_view> socket);

  bool is_heard() const { return socket_.is_open(); }

  /// Startup, or a reload, is done.
  Result<void> ready() { return send("READY=1"); }
  /// `now`: of CLOCK_MONOTONIC, which the manager compares with the signal that it sent.
  Result<void> reloading(MonotonicTime now);
  Result<void> stopping() { return send("STOPPING=1"); }
  /// One line for people, as `systemctl status` shows it; cut at 256 bytes.
  Result<void> status(std::string_view sentence);

 private:
  Result<void> send(std::string_view state);

  FileDescriptor socket_;
  std::string name_;
};

}  // namespace astray::proxy
