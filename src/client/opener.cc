#include "client/opener.h"

#include <fmt/format.h>

#include "client/handshake.h"
#include "client/tls_stream.h"
#include "client/tunnel.h"
#include "io/deadline.h"
#include "names/raw_host.h"

namespace astray::client {
namespace {

double in_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

Failure<FetchFailure> failed(FailureKind kind, Phase phase, std::string sentence) {
  return Failure<FetchFailure>(FetchFailure{kind, phase, std::move(sentence), Processing::impossible});
}

std::string authority_text(const Host& host, Port port) {
  return fmt::format("{}:{}", host.text(), port.number());
}

class Opening {
 public:
  Opening(const OpenerParts& parts, OpenWish wish)
      : parts_(parts),
        wish_(std::move(wish)),
        identity_(parts.identities[wish_.identity]),
        opened_{
            .established = {.id = wish_.connection_id, .origin = wish_.origin, .identity = wish_.identity},
            .transport = {parts.loop, parts.buffers, nullptr, std::nullopt, {}}} {}

  Task<Result<Opened, FetchFailure>> run();

 private:
  using Step = Result<void, FetchFailure>;

  void reach(Phase phase) {
    if (wish_.progress) *wish_.progress = phase;
  }
  Task<Step> resolve(Host host, Port port);
  Task<Step> connect(Port port);
  Task<Step> tunnel();
  Task<Step> secure_proxy();
  Task<Step> secure();
  Step settle(Secured secured);
  Step check_certificate(const Secured& secured, const Host& name);
  Step choose_protocol(const std::string& alpn);

  OpenerParts parts_;
  OpenWish wish_;
  const TransportIdentity identity_;
  std::unique_ptr<Stream> stream_;
  ClientCertificateUse resumed_certificate_ = ClientCertificateUse::not_sent;
  Opened opened_;
};

Task<Opening::Step> Opening::resolve(Host host, Port port) {
  if (!wish_.addresses) {
    auto found = co_await parts_.addresses.resolve(host, port, wish_.timeouts.resolve);
    if (!found) co_return Failure<FetchFailure>(std::move(found.error()));
    wish_.addresses = std::move(*found);
  }
  opened_.resolved_at = parts_.loop.now();
  co_return Step();
}

Task<Opening::Step> Opening::connect(Port port) {
  std::vector<Endpoint> endpoints;
  for (const IpAddress& address : dial_order(*wish_.addresses, parts_.settings.address_seed))
    endpoints.push_back({address, port});
  auto stream = co_await dial(parts_.loop, parts_.network, std::move(endpoints), wish_.timeouts.connect);
  if (!stream) {
    if (identity_.proxy)
      stream.error().sentence =
          fmt::format("the proxy {}: {}", identity_.proxy->authority.text(), stream.error().sentence);
    co_return Failure<FetchFailure>(std::move(stream.error()));
  }
  stream_ = std::move(*stream);
  opened_.connected_at = parts_.loop.now();
  opened_.established.peer = stream_->peer();
  opened_.established.local = stream_->local();
  co_return Step();
}

Task<Opening::Step> Opening::secure_proxy() {
  const Host& name = identity_.proxy->authority.host;
  const auto context = parts_.identities.proxy_context();
  if (!context) co_return failed(FailureKind::local_limit, Phase::proxy_tunnel, context.error().message);
  tls::ClientParameters parameters;
  if (const auto sni = ServerName::for_host(name)) parameters.server_name = std::string(sni->text());
  auto engine = tls::Client::create(*context, std::move(parameters));
  if (!engine)
    co_return failed(FailureKind::local_limit, Phase::proxy_tunnel, std::string(to_string(engine.error())));
  auto secured = co_await shake_hands(*stream_, std::move(*engine));
  if (!secured) {
    co_return failed(
        FailureKind::proxy_failed, Phase::proxy_tunnel,
        fmt::format("the proxy {}: {}", identity_.proxy->authority.text(), secured.error().sentence));
  }
  Step checked = check_certificate(*secured, name);
  if (!checked) {
    checked.error().phase = Phase::proxy_tunnel;
    co_return checked;
  }
  stream_ =
      std::make_unique<TlsStream>(std::move(stream_), std::move(secured->engine), std::move(secured->early));
  co_return Step();
}

Task<Opening::Step> Opening::tunnel() {
  if (identity_.proxy->scheme == Scheme::https) {
    Step secured = co_await secure_proxy();
    if (!secured) co_return secured;
  }
  if (wish_.origin.scheme == Scheme::http) co_return Step();
  const auto [host, port] = destination_of(wish_.origin, parts_.settings);
  auto open = co_await open_tunnel(*stream_, authority_text(host, port), *identity_.proxy,
                                   parts_.settings.user_agent);
  if (!open) co_return Failure<FetchFailure>(std::move(open.error()));
  co_return Step();
}

Opening::Step Opening::check_certificate(const Secured& secured, const Host& name) {
  if (parts_.settings.verification == Verification::off) return {};
  const std::vector<std::string_view> chain(secured.chain.begin(), secured.chain.end());
  const tls::TrustAnswer answer =
      tls::check_trust(chain, name, parts_.settings.trust, parts_.settings.wall_clock());
  if (answer.trusted()) return {};
  return failed(FailureKind::certificate_refused, Phase::handshake,
                fmt::format("the certificate for {} is refused: {}", name.text(), answer.sentence));
}

Opening::Step Opening::choose_protocol(const std::string& alpn) {
  const HttpVersions versions = identity_.versions;
  Protocol& protocol = opened_.established.protocol;
  protocol = alpn == "h2" ? Protocol::h2 : Protocol::h1;
  // OpenSSL 3.0's client takes whatever a server chooses (RFC 7301 §3.1 does not).
  const bool offered = alpn.empty() || (alpn == "http/1.1" && versions != HttpVersions::h2_only) ||
                       (alpn == "h2" && versions != HttpVersions::h1_only);
  if (!offered) {
    return failed(FailureKind::protocol_refused, Phase::handshake,
                  fmt::format("the server chose the protocol \"{}\", which was not offered",
                              RawHost(alpn).printable()));
  }
  if (versions == HttpVersions::h2_only && protocol != Protocol::h2)
    return failed(FailureKind::protocol_refused, Phase::handshake, "the server does not speak HTTP/2");
  return {};
}

Opening::Step Opening::settle(Secured secured) {
  Established& facts = opened_.established;
  const Host& name = identity_.named ? identity_.named->verified_name : wish_.origin.host;
  if (Step protocol = choose_protocol(secured.alpn); !protocol) return protocol;
  if (Step checked = check_certificate(secured, name); !checked) return checked;
  const bool verified = parts_.settings.verification == Verification::on;
  facts.trust = verified ? CertificateTrust::accepted : CertificateTrust::overridden;
  auto chain = parts_.chains.keep(std::move(secured.chain));
  if (!chain && verified)
    return failed(FailureKind::certificate_refused, Phase::handshake,
                  "the certificate cannot be decoded: " + chain.error());
  facts.chain = chain ? std::move(*chain) : nullptr;
  facts.tls_version = secured.version;
  facts.cipher = secured.cipher;
  facts.resumed = secured.resumed;
  // A resumed handshake asks for no certificate: the session stands for the one that was sent.
  facts.client_certificate =
      secured.sent_certificate ? ClientCertificateUse::sent : ClientCertificateUse::not_sent;
  if (secured.resumed) facts.client_certificate = resumed_certificate_;
  opened_.sessions = std::move(secured.sessions);
  opened_.transport.tls = std::move(secured.engine);
  opened_.transport.early = std::move(secured.early);
  opened_.secured_at = parts_.loop.now();
  return {};
}

Task<Opening::Step> Opening::secure() {
  const auto context = parts_.identities.context(identity_.versions);
  if (!context) co_return failed(FailureKind::local_limit, Phase::handshake, context.error().message);
  tls::ClientParameters parameters;
  if (identity_.named) {
    if (const auto& name = identity_.named->server_name) parameters.server_name = std::string(name->text());
  } else if (const auto name = ServerName::for_host(wish_.origin.host)) {
    parameters.server_name = std::string(name->text());
  }
  opened_.established.server_name = parameters.server_name.value_or("");
  if (auto kept = parts_.sessions.take(wish_.identity, wish_.origin)) {
    parameters.session = std::move(kept->session);
    resumed_certificate_ = kept->client_certificate;
  }
  auto engine = tls::Client::create(*context, std::move(parameters));
  if (!engine)
    co_return failed(FailureKind::local_limit, Phase::handshake, std::string(to_string(engine.error())));
  auto secured = co_await shake_hands(*stream_, std::move(*engine));
  if (!secured) co_return Failure<FetchFailure>(std::move(secured.error()));
  co_return settle(std::move(*secured));
}

Task<Result<Opened, FetchFailure>> Opening::run() {
  auto [host, port] = destination_of(wish_.origin, parts_.settings);
  if (identity_.proxy) {
    host = identity_.proxy->authority.host;
    port = identity_.proxy->authority.port_or_default(identity_.proxy->scheme);
    wish_.addresses = nullptr;
    opened_.established.route = Route::proxied;
  } else {
    opened_.established.origin_dns = wish_.addresses;
  }
  reach(Phase::resolve);
  Step step = co_await resolve(host, port);
  if (!step) co_return Failure<FetchFailure>(std::move(step.error()));
  if (!identity_.proxy) opened_.established.origin_dns = wish_.addresses;
  reach(Phase::connect);
  step = co_await connect(port);
  if (!step) co_return Failure<FetchFailure>(std::move(step.error()));

  const MonotonicTime deadline = parts_.loop.now() + wish_.timeouts.handshake;
  if (identity_.proxy) {
    reach(Phase::proxy_tunnel);
    Task<Step> tunnelling = tunnel();
    auto tunnelled = co_await with_deadline(parts_.loop, std::move(tunnelling), deadline);
    if (!tunnelled) {
      co_return failed(FailureKind::timed_out, Phase::proxy_tunnel,
                       fmt::format("the proxy {} opened no tunnel within {:g} s",
                                   identity_.proxy->authority.text(), in_seconds(wish_.timeouts.handshake)));
    }
    if (!*tunnelled) co_return Failure<FetchFailure>(std::move(tunnelled->error()));
  }
  if (wish_.origin.scheme == Scheme::https) {
    reach(Phase::handshake);
    Task<Step> securing = secure();
    auto secured = co_await with_deadline(parts_.loop, std::move(securing), deadline);
    if (!secured) {
      co_return failed(FailureKind::timed_out, Phase::handshake,
                       fmt::format("no TLS handshake within {:g} s", in_seconds(wish_.timeouts.handshake)));
    }
    if (!*secured) co_return Failure<FetchFailure>(std::move(secured->error()));
  } else if (identity_.versions == HttpVersions::h2_only) {
    opened_.established.protocol = Protocol::h2;
  }
  opened_.transport.stream = std::move(stream_);
  co_return std::move(opened_);
}

}  // namespace

std::pair<Host, Port> destination_of(const Origin& origin, const Settings& settings) {
  for (const ConnectToOverride& row : settings.connect_to) {
    const bool applies = (!row.host || *row.host == origin.host) && (!row.port || *row.port == origin.port);
    if (applies) return {row.to_host.value_or(origin.host), row.to_port.value_or(origin.port)};
  }
  return {origin.host, origin.port};
}

Task<Result<Opened, FetchFailure>> open_connection(OpenerParts parts, OpenWish wish) {
  Opening opening(parts, std::move(wish));
  co_return co_await opening.run();
}

}  // namespace astray::client
