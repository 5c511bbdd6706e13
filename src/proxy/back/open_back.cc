#include "proxy/back/open_back.h"

#include <fmt/format.h>

#include "client/handshake.h"
#include "io/deadline.h"
#include "names/raw_host.h"
#include "tls/engine/trust.h"

namespace astray::proxy {
namespace {

using OpenStep = Result<void, BackFailure>;

Failure<BackFailure> not_opened(BackFailure::Kind kind, std::string sentence) {
  return Failure<BackFailure>(BackFailure{kind, std::move(sentence), BackFailure::Processing::never});
}

class OpeningBack {
 public:
  OpeningBack(OpenParts parts, OpenWish wish) : parts_(parts), wish_(std::move(wish)) {}

  Task<Result<OpenedBack, BackFailure>> run();

 private:
  Task<OpenStep> connect(MonotonicTime deadline);
  Task<OpenStep> secure(MonotonicTime deadline);
  OpenStep settle(client::Secured secured);
  double seconds() const { return std::chrono::duration<double>(wish_.timeout).count(); }

  OpenParts parts_;
  OpenWish wish_;
  OpenedBack opened_;
};

Task<OpenStep> OpeningBack::connect(MonotonicTime deadline) {
  Task<Result<std::unique_ptr<Stream>, ConnectError>> connecting = parts_.network.connect(wish_.to);
  auto connected = co_await with_deadline(parts_.loop, std::move(connecting), deadline);
  if (!connected) {
    co_return not_opened(BackFailure::Kind::unreachable,
                         fmt::format("{} did not answer within {:g} s", wish_.to.text(), seconds()));
  }
  if (!*connected) {
    co_return not_opened(BackFailure::Kind::unreachable,
                         fmt::format("{}: {}", wish_.to.text(), describe(connected->error())));
  }
  opened_.stream = std::move(**connected);
  co_return OpenStep();
}

OpenStep OpeningBack::settle(client::Secured secured) {
  const bool wants_h2 = wish_.protocol == gateway::BackProtocol::h2;
  // OpenSSL 3.0's client takes whatever a server chooses (RFC 7301 §3.1 does not).
  if (wants_h2 && secured.alpn != "h2") {
    return not_opened(
        BackFailure::Kind::handshake,
        fmt::format("{} does not speak HTTP/2: its answer to ALPN \"h2\" is {}", wish_.to.text(),
                    secured.alpn.empty() ? "none" : '"' + RawHost(secured.alpn).printable() + '"'));
  }
  if (!wants_h2 && !secured.alpn.empty() && secured.alpn != "http/1.1") {
    return not_opened(BackFailure::Kind::handshake,
                      fmt::format("{} chose the protocol \"{}\", which was not offered", wish_.to.text(),
                                  RawHost(secured.alpn).printable()));
  }
  if (wish_.verified) {
    const std::vector<std::string_view> chain(secured.chain.begin(), secured.chain.end());
    const tls::TrustAnswer answer =
        tls::check_trust(chain, *wish_.verified, parts_.prepared.trust, parts_.wall_clock());
    if (!answer.trusted()) {
      return not_opened(BackFailure::Kind::handshake,
                        fmt::format("{}: its certificate is refused for {}: {}", wish_.to.text(),
                                    wish_.verified->text(), answer.sentence));
    }
  }
  opened_.tls = std::move(secured.engine);
  opened_.early = std::move(secured.early);
  opened_.sessions = std::move(secured.sessions);
  return {};
}

Task<OpenStep> OpeningBack::secure(MonotonicTime deadline) {
  tls::ClientParameters parameters;
  if (!wish_.sni.empty()) parameters.server_name = wish_.sni;
  parameters.session = std::move(wish_.session);
  auto engine = tls::Client::create(parts_.prepared.tls, std::move(parameters));
  if (!engine)
    co_return not_opened(BackFailure::Kind::handshake, std::string(tls::to_string(engine.error())));
  Task<Result<client::Secured, client::FetchFailure>> shaking =
      client::shake_hands(*opened_.stream, std::move(*engine));
  auto secured = co_await with_deadline(parts_.loop, std::move(shaking), deadline);
  if (!secured) {
    co_return not_opened(BackFailure::Kind::handshake,
                         fmt::format("{}: no TLS handshake within {:g} s", wish_.to.text(), seconds()));
  }
  if (!*secured) {
    co_return not_opened(BackFailure::Kind::handshake,
                         fmt::format("{}: {}", wish_.to.text(), secured->error().sentence));
  }
  co_return settle(std::move(**secured));
}

Task<Result<OpenedBack, BackFailure>> OpeningBack::run() {
  const MonotonicTime deadline = parts_.loop.now() + wish_.timeout;
  Task<OpenStep> connecting = connect(deadline);
  OpenStep step = co_await std::move(connecting);
  if (step && gateway::uses_tls(wish_.protocol)) {
    Task<OpenStep> securing = secure(deadline);
    step = co_await std::move(securing);
  }
  if (!step) co_return Failure<BackFailure>(std::move(step.error()));
  co_return std::move(opened_);
}

}  // namespace

Task<Result<OpenedBack, BackFailure>> open_back(OpenParts parts, OpenWish wish) {
  OpeningBack opening(parts, std::move(wish));
  Task<Result<OpenedBack, BackFailure>> running = opening.run();
  co_return co_await std::move(running);
}

}  // namespace astray::proxy
