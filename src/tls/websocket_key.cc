#include "tls/websocket_key.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>

#include "base/check.h"
#include "tls/base64.h"

namespace astray {
namespace {

template <size_t size>
std::string in_base64(const std::array<unsigned char, size>& bytes) {
  return encode_base64({reinterpret_cast<const char*>(bytes.data()), size});
}

}  // namespace

std::string make_websocket_key() {
  std::array<unsigned char, 16> bytes{};
  CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  return in_base64(bytes);
}

std::string websocket_accept(std::string_view key) {
  std::string text(key);
  text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 §1.3
  std::array<unsigned char, 20> digest{};
  CHECK(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr) == 1);
  return in_base64(digest);
}

}  // namespace astray
