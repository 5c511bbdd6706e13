#include "tls/engine/server_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "tls/engine/context_settings.h"
#include "tls/engine/identity_access.h"
#include "tls/engine/openssl_error.h"
#include "tls/engine/server_context_state.h"
#include "tls/engine/server_hello.h"
#include "tls/engine/ticket_sealing.h"

namespace astray::tls {
namespace {

/// Finds at once what would else be found when a host is first asked for. Hosts are many, and their settings
/// few.
class HostCheck {
 public:
  explicit HostCheck(const ServerOptions& options) : options_(options) {}

  /// The authorities of the host's client certificates; empty when there are none.
  Result<TrustStore> check(const ServerHost& host) {
    if (auto error = check_settings(host)) return astray::Failure<Error>(std::move(*error));
    if (auto error = check_identities(host)) return astray::Failure<Error>(std::move(*error));
    return trust_of(host);
  }

 private:
  std::optional<Error> check_settings(const ServerHost& host) {
    Settings settings{host.min_version, host.max_version, host.ciphers};
    if (good_.contains(settings)) return std::nullopt;
    SslContextPointer scratch(SSL_CTX_new(TLS_server_method()));
    if (!scratch) return Error{"OpenSSL makes no server context: " + take_openssl_sentence()};
    auto error =
        apply_settings(scratch.get(), host.min_version, host.max_version, options_.leniency, options_.limits);
    if (!error)
      error =
          apply_ciphers(scratch.get(), host.ciphers, host.min_version, host.max_version, options_.leniency);
    if (!error) good_.insert(std::move(settings));
    return error;
  }

  std::optional<Error> check_identities(const ServerHost& host) {
    std::set<KeyType> kinds;
    const auto check_one = [&](const Identity& identity) -> std::optional<Error> {
      KeyType kind = identity.certificate().key_type;
      if (!kinds.insert(kind).second) {
        return Error{fmt::format(
            "two certificates with a key of the kind {}: OpenSSL presents one of each kind, leave one out",
            to_string(kind))};
      }
      if (options_.leniency == Leniency::lenient) return std::nullopt;
      if (auto weakness = IdentityAccess::weakness(identity))
        return Error{"the certificate cannot be used (" + *weakness + ")"};
      return std::nullopt;
    };
    if (auto error = check_one(host.identity)) return error;
    for (const Identity& other : host.other_identities) {
      if (auto error = check_one(other)) return error;
    }
    return std::nullopt;
  }

  Result<TrustStore> trust_of(const ServerHost& host) {
    if (!host.client_trust.empty()) return host.client_trust;
    bool verifies = host.client_authentication == ClientAuthentication::required ||
                    host.client_authentication == ClientAuthentication::optional;
    if (host.client_authorities.empty() && !verifies) return TrustStore();
    auto [known, is_new] = trusts_.try_emplace(host.client_authorities);
    if (!is_new) return known->second;
    auto parsed = TrustStore::parse(host.client_authorities, "the authorities of client certificates");
    if (!parsed) return parsed;
    known->second = *parsed;
    return parsed;
  }

  using Settings = std::tuple<Version, Version, std::vector<std::string>>;
  const ServerOptions& options_;
  std::set<Settings> good_;
  std::map<std::string_view, TrustStore> trusts_;
};

Result<SslContextPointer> make_beginning(const ServerOptions& options) {
  ERR_clear_error();
  SslContextPointer owner(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = owner.get();
  if (context == nullptr) return failure("OpenSSL makes no server context: " + take_openssl_sentence());
  if (auto error =
          apply_settings(context, Version::tls1_0, Version::tls1_3, options.leniency, options.limits))
    return astray::Failure<Error>(std::move(*error));
  // The server's order of ciphers counts, but for clients that prefer ChaCha20 since they have no AES in hardware.
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  bool has_tickets = options.sessions == Sessions::kept;
  SSL_CTX_set_num_tickets(context, has_tickets ? static_cast<size_t>(options.tickets) : 0);
  if (!has_tickets) SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  TicketSealing::install(context, options);
  ServerHello::install(context);
  return owner;
}

}  // namespace

Result<std::shared_ptr<const ServerContext>> ServerContext::create(ServerOptions options) {
  if (options.hosts.empty()) return failure("a TLS server without a host: give at least one");
  auto beginning = make_beginning(options);
  if (!beginning) return astray::Failure<Error>(std::move(beginning.error()));
  std::shared_ptr<ServerContext> made(new ServerContext(std::move(options), std::make_unique<State>()));
  const std::vector<ServerHost>& hosts = made->options_.hosts;
  made->state_->beginning = std::move(*beginning);
  made->state_->hosts = std::make_unique<HostContext[]>(hosts.size());
  HostCheck checking(made->options_);
  for (size_t i = 0; i < hosts.size(); ++i) {
    auto trust = checking.check(hosts[i]);
    if (!trust) return failure(fmt::format("host {}: {}", i, trust.error().message));
    made->state_->hosts[i].prepare(made->options_, hosts[i], std::move(*trust));
  }
  return std::shared_ptr<const ServerContext>(std::move(made));
}

std::vector<HostProblem> ServerContext::problems_of(const ServerOptions& options) {
  std::vector<HostProblem> problems;
  HostCheck checking(options);
  for (size_t i = 0; i < options.hosts.size(); ++i) {
    if (auto trust = checking.check(options.hosts[i]); !trust) problems.push_back({i, trust.error().message});
  }
  return problems;
}

ServerContext::ServerContext(ServerOptions options, std::unique_ptr<State> state)
    : options_(std::move(options)), state_(std::move(state)) {}

ServerContext::~ServerContext() = default;

}  // namespace astray::tls
