#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tls/engine/identity.h"

namespace astray::tls {

/// Reads many identities: what OpenSSL prepares for a key is prepared once, and of certificates that stand
/// behind several leaves there is one copy. For one thread.
class IdentityReader {
 public:
  IdentityReader();
  ~IdentityReader();
  IdentityReader(const IdentityReader&) = delete;
  IdentityReader& operator=(const IdentityReader&) = delete;

  /// As Identity::load and Identity::parse.
  Result<Identity> load(const std::string& certificate_path, const std::string& key_path);
  Result<Identity> parse(std::string_view certificate_pem, std::string_view key_pem, std::string_view name);

 private:
  struct State;
  Result<Identity> read(std::string_view certificate_pem, std::string_view certificate_name,
                        std::string_view key_pem, std::string_view key_name);
  std::unique_ptr<State> state_;
};

}  // namespace astray::tls
