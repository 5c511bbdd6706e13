#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tls/certificate.h"

namespace astray::tls {

/// A certificate, the certificates behind it and its private key, ready to be used by any number of contexts;
/// and the OCSP response that is presented with it, where there is one. A handle: copies share it, from any
/// thread. It was checked when it was read and is kept as encoded, which takes a tenth of the memory that
/// OpenSSL's objects take.
class Identity {
 public:
  /// From two PEM files, which may be one. The error says which file, what is wrong and what to do: not
  /// readable, no certificate, no key, an encrypted key, a key of another certificate. Who reads many takes
  /// an IdentityReader.
  static Result<Identity> load(const std::string& certificate_path, const std::string& key_path);
  /// The same from PEM text; `name` stands for the file in messages.
  static Result<Identity> parse(std::string_view certificate_pem, std::string_view key_pem,
                                std::string_view name);

  /// The leaf's DER.
  std::string_view leaf() const;
  const Certificate& certificate() const;

  /// The same with an OCSP response (RFC 6960) in DER, for clients that ask for one (RFC 6066 §8). It must
  /// say of this certificate that it is good; nobody's signature is verified. Once its time is over it is
  /// sent no more. `name` stands for the file in messages.
  Result<Identity> with_staple(std::string_view der, std::string_view name) const;

 private:
  friend class IdentityAccess;
  friend class IdentityReader;
  struct State;
  struct Staple;
  explicit Identity(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
  std::shared_ptr<const Staple> staple_;
};

}  // namespace astray::tls
