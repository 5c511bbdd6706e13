#pragma once
// What is known of requests that were refused alike, and what it amounts to.
#include <cstdint>
#include <optional>
#include <string>

#include "explain/logs/log_server.h"
#include "explain/story/cause.h"
#include "explain/story/sighting.h"

namespace astray::explain {

/// Whether a connection had carried requests before.
enum class Freshness : uint8_t { unknown, fresh, reused };
std::string_view to_string(Freshness freshness);

/// A name as a source has it.
struct SeenName {
  Fact::State state = Fact::State::not_logged;
  std::string text;  ///< lower case, without port and trailing dot; "" unless known

  bool known() const { return state == Fact::State::known; }
  bool absent() const { return state == Fact::State::none; }
  bool operator==(const SeenName&) const = default;
};

struct Evidence {
  LogServer server = LogServer::unknown;  ///< whose log
  LogServer told_by = LogServer::unknown; ///< whose error sentence
  Witnessed kind = Witnessed::access;
  int status = 421;
  SeenName sni;
  SeenName authority;
  /// The first name on the connection, where no SNI is logged; "" when it is not known.
  std::string first_authority;
  Freshness freshness = Freshness::unknown;
  bool freshness_by_place = false;  ///< it is fresh since no line before tells of the connection
  /// The SNI is itself a name that requests were for: a site here, and not a name that a proxy made up.
  bool sni_is_a_site = false;
  /// Requests for this name were answered on the same connection before.
  bool answered_before = false;
  std::optional<Protocol> protocol;
  std::optional<Scheme> scheme;
  ErrorSentence sentence = ErrorSentence::none;
  std::optional<Reason> reason;    ///< as astray logged it
  bool no_route = false;           ///< Envoy's NR
  bool back_said_so = false;       ///< the status is the back's
  std::optional<bool> back_reused;
  HopSoftware written_by = HopSoftware::none;
  std::optional<Reason> rung;       ///< by which the client says that it took the connection
  std::string server_field;         ///< Server of the response, from a capture
  std::optional<bool> client_certificate_asked;  ///< in the connection's handshake
};

struct Judgement {
  Cause cause = Cause::could_not_tell;
  Confidence confidence = Confidence::none;
  std::string sender;    ///< who said 421, for people
  std::string because;   ///< one sentence: what the cause was concluded from
  /// What the server compared and found different; nothing when it did not say.
  std::optional<Reason> attribute;
};

Judgement judge(const Evidence& evidence);

/// Whether a status is one by which a server refuses a misdirected request: 421, and with what else is known
/// Envoy's 404 without a route, Traffic Server's and Caddy's 403, httpd's and Jetty's 400.
bool is_refusal(const Sighting& sighting);

}  // namespace astray::explain
