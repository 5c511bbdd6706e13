#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/failure.h"
#include "io/stream.h"
#include "tls/engine/client.h"

namespace astray::client {

/// What a TLS handshake settled; owns what it says.
struct Secured {
  tls::Client engine;
  std::string alpn{};                    ///< "" when the server did not answer ALPN
  std::string_view version{}, cipher{};  ///< static text
  bool resumed = false;
  bool sent_certificate = false;
  std::vector<std::string> chain{};  ///< DER, leaf first
  std::vector<tls::Session> sessions{};
  std::string early{};  ///< plaintext that came with it
};

/// The stream outlives the task. Nobody limits its time here.
Task<Result<Secured, FetchFailure>> shake_hands(Stream& stream, tls::Client engine);

}  // namespace astray::client
