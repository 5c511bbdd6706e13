#pragma once
#include <openssl/types.h>

#include <memory>
#include <string>
#include <vector>

#include "tls/engine/identity.h"

namespace astray::tls {

/// Text that may hold a private key: wiped at the end.
class Secret {
 public:
  Secret() = default;
  explicit Secret(size_t capacity) { text_.reserve(capacity); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  /// Not beyond the capacity: growing would leave copies behind.
  void append(std::string_view bytes);
  void wipe();
  std::string_view text() const { return text_; }

 private:
  std::string text_;
};

/// A certificate as encoded. Those behind a leaf are the same for many leaves.
struct EncodedAuthority {
  std::string der;
  std::string weakness;  ///< why security level 2 refuses it, in OpenSSL's words; "": it does not
};

struct Identity::State {
  std::string leaf_der;
  std::vector<std::shared_ptr<const EncodedAuthority>> chain;  ///< behind the leaf
  std::unique_ptr<const Secret> key_pem;                       ///< the block alone
  std::string weakness;                                        ///< of the leaf
  Certificate certificate;
};

struct Identity::Staple {
  std::string der;
  std::shared_ptr<const ASN1_TIME> next_update;  ///< nullptr: the response says none
};

}  // namespace astray::tls
