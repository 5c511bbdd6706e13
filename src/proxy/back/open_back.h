#pragma once
// A new connection to a back: TCP and TLS, up to where HTTP begins.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.h"
#include "gateway/configuration/back_settings.h"
#include "io/loop.h"
#include "io/network.h"
#include "proxy/back/back_request.h"
#include "proxy/back/prepared_backs.h"
#include "tls/engine/client.h"

namespace astray::proxy {

/// All outlive the task.
struct OpenParts {
  Loop& loop;
  Network& network;
  const PreparedBack& prepared;
  const std::function<Instant()>& wall_clock;  ///< the time that certificates are judged for
};

struct OpenWish {
  Endpoint to = Endpoint::with_any_port(IpAddress::v4({}));
  gateway::BackProtocol protocol = gateway::BackProtocol::http1;
  std::string sni{};                      ///< "": none is sent
  std::optional<Host> verified{};         ///< absent: any certificate will do
  std::optional<tls::Session> session{};  ///< to be resumed
  Duration timeout{};                     ///< of TCP and TLS together
};

struct OpenedBack {
  std::unique_ptr<Stream> stream;
  std::optional<tls::Client> tls{};  ///< the handshake is done
  std::string early{};               ///< plaintext that came with it
  std::vector<tls::Session> sessions{};
};

/// Fails as `unreachable` or `handshake`; nothing of a request was sent then.
Task<Result<OpenedBack, BackFailure>> open_back(OpenParts parts, OpenWish wish);

}  // namespace astray::proxy
