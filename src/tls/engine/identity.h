#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace astray::tls {

/// A certificate, the certificates behind it and its private key, ready to be used by any number of contexts.
/// A handle: copies share it.
class Identity {
 public:
  /// From two PEM files, which may be one. The error says which file, what is wrong and what to do: not
  /// readable, no certificate, no key, an encrypted key, a key of another certificate.
  static Result<Identity> load(const std::string& certificate_path, const std::string& key_path);
  /// The same from PEM text; `name` stands for the file in messages.
  static Result<Identity> parse(std::string_view certificate_pem, std::string_view key_pem,
                                std::string_view name);

  /// The leaf's DER.
  std::string_view leaf() const;

 private:
  friend class IdentityAccess;
  struct State;
  static Result<Identity> make(std::string_view certificate_pem, std::string_view certificate_name,
                               std::string_view key_pem, std::string_view key_name);
  explicit Identity(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace astray::tls
