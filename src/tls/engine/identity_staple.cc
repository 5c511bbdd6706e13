// An identity's OCSP response (RFC 6960).

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include "tls/engine/identity_access.h"
#include "tls/engine/identity_state.h"
#include "tls/engine/release.h"

namespace astray::tls {
namespace {

using ResponsePointer = std::unique_ptr<OCSP_RESPONSE, Release<OCSP_RESPONSE_free>>;
using BasicResponsePointer = std::unique_ptr<OCSP_BASICRESP, Release<OCSP_BASICRESP_free>>;

const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// What it says of the certificate with this serial number; nullptr when it says nothing.
OCSP_SINGLERESP* answer_for(OCSP_BASICRESP* response, const ASN1_INTEGER* serial) {
  for (int i = 0; i < OCSP_resp_count(response); ++i) {
    OCSP_SINGLERESP* single = OCSP_resp_get0(response, i);
    auto* id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single));
    ASN1_INTEGER* asked = nullptr;
    if (OCSP_id_get0_info(nullptr, nullptr, nullptr, &asked, id) == 1 && ASN1_INTEGER_cmp(asked, serial) == 0)
      return single;
  }
  return nullptr;
}

}  // namespace

Result<Identity> Identity::with_staple(std::string_view der, std::string_view name) const {
  ERR_clear_error();
  const unsigned char* at = octets(der);
  ResponsePointer response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size())));
  if (!response || at != octets(der) + der.size()) {
    ERR_clear_error();
    return failure(fmt::format(
        "{}: this is no OCSP response in DER: fetch one with `openssl ocsp -respout {}`", name, name));
  }
  int status = OCSP_response_status(response.get());
  BasicResponsePointer basic(OCSP_response_get1_basic(response.get()));
  if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL || !basic) {
    ERR_clear_error();
    return failure(fmt::format("{}: the OCSP service gave no answer ({}): fetch the response anew", name,
                               OCSP_response_status_str(status)));
  }
  const unsigned char* leaf_at = octets(state_->leaf_der);
  std::unique_ptr<X509, Release<X509_free>> leaf(
      d2i_X509(nullptr, &leaf_at, static_cast<long>(state_->leaf_der.size())));
  OCSP_SINGLERESP* answer = answer_for(basic.get(), X509_get0_serialNumber(leaf.get()));
  if (answer == nullptr) {
    return failure(
        fmt::format("{}: the OCSP response is about another certificate: give the one for {}, or none", name,
                    state_->certificate.subject.empty() ? "this certificate" : state_->certificate.subject));
  }
  ASN1_GENERALIZEDTIME* next_update = nullptr;
  int verdict = OCSP_single_get0_status(answer, nullptr, nullptr, nullptr, &next_update);
  if (verdict != V_OCSP_CERTSTATUS_GOOD) {
    return failure(
        fmt::format("{}: the OCSP response says that the certificate is {}: get another certificate", name,
                    OCSP_cert_status_str(verdict)));
  }
  auto staple = std::make_shared<Staple>();
  staple->der = der;
  if (next_update != nullptr)
    staple->next_update = std::shared_ptr<const ASN1_TIME>(
        ASN1_STRING_dup(next_update),
        [](const ASN1_TIME* time) { ASN1_STRING_free(const_cast<ASN1_TIME*>(time)); });
  Identity made = *this;
  made.staple_ = std::move(staple);
  return made;
}

std::string_view IdentityAccess::staple(const Identity& identity) {
  const Identity::Staple* staple = identity.staple_.get();
  if (staple == nullptr) return "";
  // OpenSSL's clock, as for certificates.
  if (staple->next_update && X509_cmp_current_time(staple->next_update.get()) < 0) return "";
  return staple->der;
}

}  // namespace astray::tls
