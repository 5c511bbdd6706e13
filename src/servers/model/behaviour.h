#pragma once
// behave(): what one server of a known kind and version will answer. A connection is judged once, then each of
// its requests, as the server itself does it.
#include <memory>
#include <string_view>

#include "servers/model/deployment.h"
#include "verdict/connection_facts.h"
#include "verdict/reason.h"
#include "verdict/request_facts.h"

namespace astray {

enum class HandshakeOutcome : uint8_t { ok, rejected, cleartext, unknowable };
enum class AnswerOutcome : uint8_t { serve, reject, unknowable };
std::string_view to_string(HandshakeOutcome outcome);
std::string_view to_string(AnswerOutcome outcome);

struct ExpectedHandshake {
  HandshakeOutcome outcome = HandshakeOutcome::unknowable;
  Reason reason = Reason::configuration_unknowable;
  VirtualHostId virtual_host = VirtualHostId::none;   ///< whose TLS settings ruled
  const CertificateUse* certificate = nullptr;        ///< presented leaf; null when rejected, in clear or unknown
  Protocol protocol = Protocol::h1;                   ///< negotiated
  std::string_view alert;                             ///< "unrecognized_name", …; "" unless rejected
  bool sni_matched = false;                           ///< a name of the configuration matched the SNI
  SourceSpan source;                                  ///< what in the configuration decided it
};

/// How the authority led to a virtual host.
enum class NameMatch : uint8_t { exact, wildcard, regex, default_host };
std::string_view to_string(NameMatch match);

struct ExpectedAnswer {
  AnswerOutcome outcome = AnswerOutcome::unknowable;
  Reason reason = Reason::configuration_unknowable;
  int status = 0;                                     ///< of a rejection or a fixed answer; 0 for what the site itself answers, and of a
                                                      ///< rejection: the connection is closed without one
  VirtualHostId virtual_host = VirtualHostId::none;
  NameMatch match = NameMatch::default_host;
  SourceSpan source;
};

/// A deployment made ready to be asked. Immutable, so several threads may ask; it borrows the deployment.
class Behaviour {
 public:
  virtual ~Behaviour() = default;

  /// The first flight: SNI, ALPN, client certificate against the listener's virtual hosts.
  /// Reads sni, alpn, client_certificate, scheme; the listener is where the connection arrived.
  virtual ExpectedHandshake handshake(ListenerId listener, const ConnectionFacts& connection) const = 0;

  /// One request on that connection, asked for the path "/". A rejected handshake is never asked.
  virtual ExpectedAnswer answer(ListenerId listener, const ConnectionFacts& connection,
                                const ExpectedHandshake& handshake, const RequestFacts& request) const = 0;

  /// Which virtual host of the listener a name (lower case, no port, no trailing dot) leads to, and how.
  struct Lookup {
    VirtualHostId virtual_host;
    NameMatch match;
  };
  virtual Lookup find_virtual_host(ListenerId listener, std::string_view name) const = 0;
};

/// Both steps at once.
struct Expected {
  ExpectedHandshake handshake;
  ExpectedAnswer answer;
};
Expected behave(const Behaviour& behaviour, ListenerId listener, const ConnectionFacts& connection,
                const RequestFacts& request);

}  // namespace astray
