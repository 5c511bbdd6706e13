#include "tls/engine/cipher_choice.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tls/engine/release.h"

namespace astray::tls {
namespace {

bool is_suite_of_1_3(SSL_CTX* scratch, const std::string& name) {
  // A list of them would be taken as well.
  return name.find(':') == std::string::npos && SSL_CTX_set_ciphersuites(scratch, name.c_str()) == 1;
}

/// The name of one cipher and not an expression, of which OpenSSL takes many ("HIGH", "!aNULL").
bool is_older_cipher(SSL_CTX* scratch, const std::string& name) {
  if (SSL_CTX_set_cipher_list(scratch, (name + ":@SECLEVEL=0").c_str()) != 1) return false;
  const STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(scratch);
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    if (SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i)) == name) return true;
  }
  return false;
}

void append(std::string& list, const std::string& name) {
  if (!list.empty()) list += ':';
  list += name;
}

}  // namespace

Result<CipherChoice> CipherChoice::of(const std::vector<std::string>& names, Version min, Version max) {
  SslContextPointer scratch(SSL_CTX_new(TLS_server_method()));
  if (!scratch) return failure("OpenSSL makes no context: memory is short");
  CipherChoice choice;
  for (const std::string& name : names) {
    bool is_suite = !name.empty() && is_suite_of_1_3(scratch.get(), name);
    bool is_older = !is_suite && !name.empty() && is_older_cipher(scratch.get(), name);
    ERR_clear_error();
    if (!is_suite && !is_older) {
      return failure(
          fmt::format("OpenSSL has no cipher of the name \"{}\": `openssl ciphers -s -v ALL:COMPLEMENTOFALL` "
                      "lists what it has",
                      name));
    }
    append(is_suite ? choice.suites : choice.list, name);
  }
  if (choice.list.empty() && min < Version::tls1_3) {
    return failure(
        "the ciphers have none for TLSv1.2: add one, ECDHE-ECDSA-AES128-GCM-SHA256 say, or let the minimum "
        "be "
        "TLSv1.3");
  }
  if (choice.suites.empty() && max >= Version::tls1_3) {
    return failure(
        "the ciphers have none for TLSv1.3: add one, TLS_AES_128_GCM_SHA256 say, or let the maximum be "
        "TLSv1.2");
  }
  return choice;
}

}  // namespace astray::tls
