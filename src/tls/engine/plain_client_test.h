#pragma once
// A client made of OpenSSL alone, for what tls::Client does not do: it asks for OCSP responses, picks its
// signature algorithms and sends early data.

#include <memory>
#include <optional>
#include <string>

#include "tls/engine/server.h"

namespace astray::tls {

struct PlainClient {
  Version version = Version::tls1_3;
  std::string server_name = "a.test";
  std::string signature_algorithms{};  ///< OpenSSL's names; "": its default
  std::string ciphers{};               ///< for TLS 1.2; "": its default
  enum class Status : uint8_t { not_asked, asked };
  Status status = Status::not_asked;
  std::shared_ptr<ssl_session_st> session{};
  std::string early_data{};
};

struct PlainOutcome {
  bool done = false;
  bool resumed = false;
  std::string key;                    ///< of the server's certificate: "rsa", "ecdsa"
  std::optional<std::string> staple;  ///< the OCSP response that came
  std::string cipher;                 ///< OpenSSL's name
  std::shared_ptr<ssl_session_st> session;
  long ticket_seconds = 0;  ///< lifetime hint of the ticket that came
  bool early_data_accepted = false;
  std::string received;  ///< by the server, of plaintext
};

/// Handshakes, and says "late" to the server.
PlainOutcome connect_plainly(const PlainClient& settings, std::shared_ptr<const ServerContext> servers);

}  // namespace astray::tls
