#pragma once
// A server on loopback, in a thread of its own: HTTP/2 over TLS for a.test and b.test, who share a
// certificate.
//
//   /              "hello from NAME"         /never      no answer
//   /bytes/N       N bytes, as asked for     /interim    103, then 200
//   /echo          the body back, trailers   /misdirected  421
//   /count         the body's size           /hold       the body's size, once release() lets it be read
#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "io/mailbox.h"
#include "support/temporary_folder.h"
#include "tls/engine/server_context.h"

namespace astray::test {

/// What the server has seen; from any thread.
struct SiteTraffic {
  std::atomic<int> connections{0};      ///< open now
  std::atomic<int> streams{0};          ///< requests that are not answered to the end, nor reset
  std::atomic<uint64_t> requests{0};    ///< that came
  std::atomic<uint64_t> resets{0};      ///< streams that the client reset
  std::atomic<uint64_t> bytes_made{0};  ///< of /bytes
  std::atomic<uint64_t> bytes_read{0};  ///< of request bodies
};

class SiteServer {
 public:
  SiteServer();
  ~SiteServer();

  uint16_t port() const { return port_; }
  /// PEM of the authority.
  const std::string& ca_file() const { return ca_file_; }
  /// "https://a.test:PORT/path".
  std::string url(std::string_view path, std::string_view name = "a.test") const;
  /// For Options::resolve.
  std::string resolve(std::string_view name) const;
  const SiteTraffic& traffic() const { return traffic_; }
  void release() { held_ = false; }
  bool holds() const { return held_; }

 private:
  friend class SiteConnection;
  void run();

  TemporaryFolder folder_;
  std::string ca_file_;
  std::shared_ptr<const tls::ServerContext> context_;
  std::atomic<bool> held_ = true;
  SiteTraffic traffic_;
  Mailbox mailbox_;
  std::atomic<uint16_t> port_ = 0;
  bool stopping_ = false;  ///< the server's thread's
  std::thread thread_;
};

/// The bytes of /bytes from `offset` on.
std::string site_bytes(uint64_t offset, size_t size);

/// Looks until it holds, for 20 s.
bool eventually(const std::function<bool()>& holds);

}  // namespace astray::test
