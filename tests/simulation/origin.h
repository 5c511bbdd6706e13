#pragma once
// An origin in memory: TLS, HTTP/1.1 and HTTP/2 on one endpoint of the fake network, as wrong as a test wants
// it.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/network.h"
#include "io/task_group.h"
#include "tls/engine/server_context.h"
#include "verdict/connection_facts.h"

namespace astray::simulation {

enum class Demand : uint8_t { nothing, client_certificate };

/// A virtual host. The first of an origin is its default.
struct Site {
  std::string name;
  std::string body;
  std::vector<std::string> certificate_names{};  ///< empty: its own name
  Demand demand = Demand::nothing;
  std::string session_scope{};  ///< sites of one scope resume each other's sessions; "": a scope of its own
};

/// A request as the origin sees it. Names are lower case, without port and trailing dot.
struct Asked {
  std::string sni;  ///< "": none
  std::string host;
  Protocol protocol = Protocol::h1;
  uint32_t index = 0;  ///< on its connection
  std::string method{};
  std::string target{};
  std::vector<std::pair<std::string, std::string>> fields{};  ///< names in lower case
  std::string body{};

  /// "" when there is none.
  std::string field(std::string_view name) const;
};

struct Answered {
  int status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> fields{};
  std::vector<std::pair<std::string, std::string>> trailers{};
  enum class Speech : uint8_t {
    whole,
    never,    ///< no byte
    half,     ///< the head and half of the body, and then nothing
    early,    ///< before the request's body came
    refused,  ///< h2: REFUSED_STREAM
    reset,    ///< h2: RST_STREAM behind half of the body
  } speech = Speech::whole;
};
using Speech = Answered::Speech;

/// How an origin ends a connection that has carried enough requests.
enum class Farewell : uint8_t {
  announced,    ///< Connection: close, or GOAWAY, with the last answer
  unannounced,  ///< closes behind the last answer
};

struct OriginOptions {
  std::vector<Site> sites;
  /// Nothing: the site of the host answers.
  std::function<std::optional<Answered>(const Asked&)> answer{};
  size_t requests_per_connection = SIZE_MAX;
  Farewell farewell = Farewell::announced;
  Duration idle = std::chrono::hours(24);  ///< behind an answer, without a byte from the peer: closed
  std::vector<std::string> origin_frame{};
  std::string client_authorities{};  ///< PEM
  /// Decides over a request by its head: whether the answer waits for the body. Nothing: it does.
  std::function<std::optional<Answered>(const Asked&)> answer_to_head{};
  std::vector<std::string> protocols{"h2", "http/1.1"};
};

/// What an origin has seen.
struct Traffic {
  uint64_t connections = 0, requests = 0, handshakes = 0, resumed = 0;
  size_t open = 0, most_open = 0;
  std::vector<MonotonicTime> starts;  ///< of the connections
};

/// Listens while it lives. Loop and network outlive it.
class Origin {
 public:
  Origin(Loop& loop, Network& network, Endpoint at, OriginOptions options);

  const Traffic& traffic() const { return traffic_; }
  const OriginOptions& options() const { return options_; }
  Answered answer(const Asked& asked) const;
  void count_request() { ++traffic_.requests; }

 private:
  Task<void> accept_all();
  Task<void> serve(std::unique_ptr<Stream> stream);

  Loop& loop_;
  OriginOptions options_;
  Traffic traffic_;
  std::shared_ptr<const tls::ServerContext> context_;
  std::unique_ptr<StreamListener> listener_;
  TaskGroup connections_;
  SpawnedTask accepting_;
};

/// PEM of the site's certificate, which is its own authority.
std::string certificate_of(const Site& site);

/// Lower case, without port and trailing dot.
std::string canonical(std::string_view host);

}  // namespace astray::simulation
