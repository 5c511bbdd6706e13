#pragma once
// The gateway in memory: its front connections and its backs, between real clients and origins that a test
// makes, in virtual time.
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "io/fake/network.h"
#include "io/fake/resolver.h"
#include "io/fake/virtual_loop.h"
#include "proxy/back/backs.h"
#include "proxy/front/front_connection.h"
#include "support/temporary_folder.h"

namespace astray::simulation {

/// What the log says of a request, as far as the tests look.
struct Served {
  uint64_t connection = 0;
  std::string handshake;  ///< label of the virtual host that answered it
  std::string virtual_host;
  std::string authority;
  std::optional<Answer> answer;
  int status = 0;
};

/// Certificates in a folder, for sites and their reloads.
class GatewayFiles {
 public:
  GatewayFiles();
  /// `name`.pem and `name`.key.
  void issue(const std::string& name, const std::vector<std::string>& names);
  std::shared_ptr<const proxy::Site> build(const std::string& yaml, uint64_t generation);
  /// PEM of who issues them.
  std::string authority() const;

 private:
  class Issuer;
  test::TemporaryFolder folder_;
  std::shared_ptr<tls::TicketKeys> keys_;
  std::shared_ptr<Issuer> issuer_;
};

/// One worker.
class GatewayInMemory final : proxy::FrontKeeper, proxy::Journal, ReadyItem {
 public:
  GatewayInMemory(fake::VirtualLoop& loop, fake::Network& network, fake::Resolver& resolver, uint64_t seed);
  ~GatewayInMemory();

  /// The first opens the listeners; the others are reloads.
  void adopt(std::shared_ptr<const proxy::Site> site);
  void drain();
  size_t open() const { return connections_.size(); }
  /// Of all backs that were made.
  uint64_t back_connections() const;
  /// Resets one of the front connections, if there is one.
  void abort_one(size_t which);
  std::vector<Served> served;

 private:
  struct WorkerBacks;
  Loop& loop() override { return loop_; }
  proxy::WireBuffers& buffers() override { return buffers_; }
  const std::shared_ptr<const proxy::Generation>& generation() override { return generation_; }
  proxy::Journal& journal() override { return *this; }
  std::minstd_rand& random() override { return random_; }
  uint64_t next_connection_id() override { return ++ids_; }
  void on_handshake_done(const proxy::ClientConnection&) override {}
  void on_handshake_failed(std::optional<tls::FailureKind>) override {}
  void on_finished(proxy::FrontConnection& connection) override;
  gateway::WallTime wall_time() override { return {}; }
  std::string_view http_date() override { return "Thu, 01 Jan 1970 00:00:00 GMT"; }
  void on_request_ended(const gateway::LogRecord& record) override;
  void on_back_answered(const std::string&, Duration) override {}
  void on_back_failed(const std::string&, proxy::BackFailure::Kind) override {}
  void on_back_misdirected(const std::string&) override {}
  void on_ready() override;
  Task<void> accept(StreamListener& listener, std::string label);

  fake::VirtualLoop& loop_;
  fake::Network& network_;
  fake::Resolver& resolver_;
  uint64_t seed_;
  proxy::WireBuffers buffers_;
  std::minstd_rand random_;
  uint64_t ids_ = 0;
  std::atomic<uint64_t> back_ids_{0};
  std::shared_ptr<proxy::HealthBoard> health_ = std::make_shared<proxy::HealthBoard>();
  std::vector<std::shared_ptr<WorkerBacks>> backs_;
  std::shared_ptr<const proxy::Generation> generation_;
  std::vector<std::unique_ptr<proxy::FrontConnection>> connections_;
  std::vector<const proxy::FrontConnection*> finished_;
  std::vector<std::unique_ptr<StreamListener>> listeners_;
  std::vector<SpawnedTask> accepting_;
};

}  // namespace astray::simulation
