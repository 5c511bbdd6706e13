#pragma once
// Whether a chain is to be trusted. The engines never ask: a prober wants the connection all the same, and
// asks once for each distinct chain.

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "base/result.h"
#include "names/host.h"

namespace astray::tls {

/// Authorities. A handle: copies share it, from any thread.
class TrustStore {
 public:
  /// Trusts nobody, and says so.
  TrustStore() = default;
  /// The authorities of this machine, where OpenSSL looks for them (SSL_CERT_FILE, SSL_CERT_DIR).
  static Result<TrustStore> system();
  /// A PEM file of authorities.
  static Result<TrustStore> load(const std::string& path);
  /// The same from PEM text; `name` stands for the file in messages.
  static Result<TrustStore> parse(std::string_view pem, std::string_view name);

  bool empty() const { return !state_; }

 private:
  friend class TrustAccess;
  struct State;
  std::shared_ptr<const State> state_;
};

enum class TrustProblem : uint8_t {
  none,
  not_checked,  ///< the store is empty
  expired,
  not_yet_valid,
  self_signed,
  unknown_issuer,  ///< also: the peer left out an intermediate certificate
  wrong_host,      ///< trusted, for other names (RFC 9525)
  unreadable,      ///< a certificate cannot be decoded
  other,
};
std::string_view to_string(TrustProblem problem);

struct TrustAnswer {
  TrustProblem problem = TrustProblem::none;
  std::string
      sentence;  ///< for people: "certificate has expired (certificate 2 of 3)"; "" when there is no problem
  bool trusted() const { return problem == TrustProblem::none; }
};

/// `chain` is DER, leaf first, as in HandshakeDone. Costs a signature check per certificate.
TrustAnswer check_trust(std::span<const std::string_view> chain, const Host& host, const TrustStore& store,
                        Instant now);

}  // namespace astray::tls
