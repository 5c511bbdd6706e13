#include "client/basic_credentials.h"

#include "http1/characters.h"
#include "tls/base64.h"

namespace astray::client {
namespace {

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? http1::hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? http1::hex_digit(text[i + 2]) : -1;
    if (low < 0) {
      decoded += text[i];
      continue;
    }
    decoded += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return decoded;
}

}  // namespace

std::string basic_credentials(std::string_view userinfo) {
  std::string credentials = percent_decoded(userinfo);
  if (userinfo.find(':') == std::string_view::npos) credentials += ':';
  return "Basic " + encode_base64(credentials);
}

}  // namespace astray::client
