#pragma once
// An HTTP client that never lets a request be answered by the wrong server: connections are shared between
// names only where Options::coalescing allows it, and a 421 is asked again once, on a fresh connection.
//
//   astray::http::Client client;
//   auto response = client.fetch({.url = "https://a.example/"});
//   if (response) std::cout << response.head.status << ' ' << response.body.size() << '\n';
//   else std::cerr << response.error->sentence << '\n';
//
// Threads: one of its own does all I/O and all callbacks. Every function may be called from any thread at any
// time, but for construction, moving and destruction. Fork: a child has no such thread. Its copy of a client
// fails every fetch (client_closed) and may be destroyed; make a new one there. Descriptors are
// close-on-exec.
#include <memory>
#include <optional>
#include <stop_token>

#include "astray/listener.h"
#include "astray/options.h"
#include "astray/request.h"
#include "astray/response.h"
#include "astray/stream.h"
#include "astray/version.h"

namespace astray::http {

class ASTRAY_EXPORT Client {
 public:
  Client();
  explicit Client(Options options);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  /// Fetches under way end with client_closed; connections are told goodbye, for a second at most. Handles of
  /// fetches may live longer.
  ~Client();

  /// Why the options cannot be used. Every fetch then fails with it.
  const std::optional<FetchError>& error() const;

  /// Waits for the whole response. Never sends a request twice, but after a 421, and where a server says that
  /// it has not looked at it (GOAWAY, REFUSED_STREAM).
  Outcome fetch(Request request);
  /// The same until somebody asks to stop: then it ends with ErrorKind::cancelled.
  Outcome fetch(Request request, std::stop_token stop);
  /// Waits for the head; the body is read from the stream.
  ResponseStream open(Request request);
  /// Does not wait: the listener, which outlives the handle, hears the rest.
  [[nodiscard]] Fetch start(Request request, Listener& listener);

  /// Asks the I/O thread, and waits for its answer.
  Counters counters() const;

 private:
  class ASTRAY_HIDDEN Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace astray::http
