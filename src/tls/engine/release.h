#pragma once
#include <openssl/types.h>

#include <memory>

struct ssl_session_st;

namespace astray::tls {

/// Deleter from a C function.
template <auto release>
struct Release {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};

struct ReleaseSsl {
  void operator()(SSL* ssl) const;
};
using SslPointer = std::unique_ptr<SSL, ReleaseSsl>;

struct ReleaseSslContext {
  void operator()(SSL_CTX* context) const;
};
using SslContextPointer = std::unique_ptr<SSL_CTX, ReleaseSslContext>;

}  // namespace astray::tls
