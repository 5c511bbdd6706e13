#pragma once
// Connections from clients over a network in memory and in virtual time: a site made of YAML, a keeper that
// writes down what it hears, and backs that do what the test says.
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/fake/network.h"
#include "io/fake/virtual_loop.h"
#include "proxy/front/front_client_test.h"
#include "proxy/front/front_connection.h"
#include "support/certificates.h"
#include "support/temporary_folder.h"

namespace astray::proxy::test {

using namespace std::chrono_literals;  // NOLINT: for tests alone

/// A request that reached the backs. The test plays the back, from outside the loop or in `when_sent`.
struct SentRequest {
  BackWish wish{};
  RequestHead head{};
  BackResponder* responder = nullptr;  ///< null: cancelled, or over
  std::string body{};
  std::optional<Fields> trailers{};  ///< once the body ended
  size_t consumed = 0;               ///< of the answer's body
  size_t unsent = 0;                 ///< what it says of itself

  bool over() const { return responder == nullptr; }
  std::string field(std::string_view name) const;
  enum class Connection : uint8_t { fresh, reused };
  void connect(Connection connection = Connection::fresh);
  /// Head, body, end; connects first.
  void answer(int status, std::string body = "ok", Fields fields = {});
  void respond(ResponseHead response);
  void send_body(std::string_view bytes);
  void end();
  void fail(BackFailure::Kind kind, BackFailure::Processing processing = BackFailure::Processing::possible);
};

class ScriptedBacks final : public BackSender, ReadyItem {
 public:
  explicit ScriptedBacks(Loop& loop) : loop_(loop) {}
  std::unique_ptr<BackRequest> send(const BackWish& wish, const RequestHead& head,
                                    BackResponder& responder) override;
  std::deque<SentRequest> sent;
  /// Called from the loop for each request.
  std::function<void(SentRequest&)> when_sent{};

 private:
  void on_ready() override;
  Loop& loop_;
  size_t told_ = 0;
};

/// A record of the log, without what it borrows.
struct Logged {
  std::string line{};  ///< "GET / 200 serve:own-name app:200x1 !error-kind"
  std::string authority{}, virtual_host{}, listener{}, error_sentence{};
  uint64_t number = 0, connection = 0, request_bytes = 0, response_bytes = 0;
  std::optional<Endpoint> client{}, peer{};
  bool retried_after_421 = false;
  std::string sni{};
};
Logged logged(const gateway::LogRecord& record);

/// What every world of the gateway needs: certificates, and a site of YAML over them.
class SiteFolder {
 public:
  SiteFolder();
  void issue(const std::string& name, const std::vector<std::string>& names);
  /// `yaml` is complete; problems fail the test.
  std::shared_ptr<const Site> build(const std::string& yaml, uint64_t generation = 1);

 private:
  astray::test::TemporaryFolder folder_;
  std::shared_ptr<tls::TicketKeys> keys_;
  astray::test::TestCertificate authority_;
};

/// Virtual hosts a (a.example, www.a.example), b (b.example; another certificate), c (c.example, with a's
/// certificate), closing (closing.example; closes on names that nobody owns) and the back app.
/// Listeners: tls 10.0.0.1:443, clear 10.0.0.1:80, proxied 10.0.0.1:81 (PROXY protocol from everybody).
std::string front_yaml(std::string_view operation = {});

class FrontWorld {
 public:
  explicit FrontWorld(const std::string& yaml = front_yaml());
  ~FrontWorld();

  /// In clear.
  FrontClient& connect(std::string_view to = "10.0.0.1:80", fake::Link link = {});
  FrontClient& connect_tls(std::optional<std::string> sni = "a.example", std::vector<std::string> alpn = {},
                           fake::Link link = {});
  Http2User& connect_h2(std::string sni = "a.example", http2::Options options = {}, fake::Link link = {});
  FrontClient& client_of(const Http2User& user);
  void run(Duration duration = 100ms);
  void reload(const std::string& yaml);
  SentRequest& sent(size_t i) { return backs->sent.at(i); }
  /// Lines of the log, joined by ", ".
  std::string lines() const;
  size_t open() const { return connections.size(); }

  fake::VirtualLoop loop;
  fake::Network network{loop};
  SiteFolder folder;
  std::shared_ptr<ScriptedBacks> backs = std::make_shared<ScriptedBacks>(loop);
  std::vector<Logged> log;
  std::vector<std::unique_ptr<FrontConnection>> connections;  ///< open ones
  size_t handshakes = 0;
  std::vector<std::string> failed_handshakes;  ///< "timeout" or "failed"

 private:
  class Keeper;
  Task<void> accept(StreamListener& listener, std::string label);
  std::unique_ptr<Stream> dial(std::string_view to, const fake::Link& link);

  std::unique_ptr<Keeper> keeper_;
  std::vector<std::unique_ptr<StreamListener>> listeners_;
  std::vector<SpawnedTask> accepting_;
  std::deque<FrontClient> clients_;
  std::deque<std::pair<Http2User, FrontClient*>> users_;
};

}  // namespace astray::proxy::test
