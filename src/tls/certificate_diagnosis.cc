#include "tls/certificate_diagnosis.h"

#include <fmt/format.h>

#include <utility>

#include "base/ascii.h"
#include "tls/x509.h"

namespace astray {
namespace {

constexpr std::string_view expected =
    "Expected a certificate: PEM with a line \"-----BEGIN CERTIFICATE-----\" at its start, or DER";

CertificateError problem(CertificateProblem which, const std::string& path, std::string message) {
  return {which, path, std::move(message)};
}

std::string at(const std::string& path, int line) {
  return line > 0 ? fmt::format("{}:{}", path, line) : path;
}

CertificateError without_certificate(const FoundInFile& found, const std::string& path) {
  using enum CertificateProblem;
  switch (found.oddity) {
    case FoundInFile::Oddity::utf_16:
      return problem(not_a_certificate, path,
                     fmt::format("{} is UTF-16 text, which no server reads as PEM. Save it as ASCII.", path));
    case FoundInFile::Oddity::indented:
      return problem(
          not_a_certificate, path,
          fmt::format("{} has blanks before its BEGIN line, and servers do not see such a line. Remove the "
                      "blanks at the start of the lines.",
                      path));
    case FoundInFile::Oddity::none:
      break;
  }
  if (found.pkcs12) {
    return problem(
        encrypted, path,
        fmt::format("{} is a PKCS#12 container (.p12, .pfx), which is encrypted and which neither nginx nor "
                    "httpd reads. Take the certificate out of it: openssl pkcs12 -in FILE -nokeys -out "
                    "certificate.pem.",
                    path));
  }
  if (found.encrypted_private_key) {
    return problem(
        encrypted, path,
        fmt::format("{} holds an encrypted private key and no certificate. {}; the key belongs into the "
                    "directive for keys (ssl_certificate_key, SSLCertificateKeyFile).",
                    path, expected));
  }
  if (found.private_key) {
    return problem(
        only_private_key, path,
        fmt::format("{} holds a private key and no certificate. {}; the key belongs into the directive for "
                    "keys (ssl_certificate_key, SSLCertificateKeyFile). Are the two paths interchanged?",
                    path, expected));
  }
  if (!found.other_labels.empty()) {
    return problem(not_a_certificate, path,
                   fmt::format("{} holds {} and no certificate. {}.", path,
                               fmt::join(found.other_labels, ", "), expected));
  }
  if (found.only_blanks) return problem(empty, path, fmt::format("{} is empty. {}.", path, expected));
  return problem(not_a_certificate, path, fmt::format("{} holds no certificate. {}.", path, expected));
}

}  // namespace

std::optional<CertificateError> refuse_what_is_no_path(const std::string& path) {
  for (std::string_view scheme : {"engine:", "data:", "store:", "pkcs11:"}) {
    if (!ascii_istarts_with(path, scheme)) continue;
    // The rest of data: may be the certificate, and of engine: and pkcs11: a PIN.
    return problem(
        CertificateProblem::url_or_engine, std::string(scheme) + "…",
        fmt::format("The certificate is given as \"{}…\", not as a file, so its names cannot be read. What "
                    "depends on it is left open.",
                    scheme));
  }
  if (path.find('$') != std::string::npos) {
    return problem(
        CertificateProblem::url_or_engine, path,
        fmt::format("The certificate path {} has a variable in it, which is known only when a connection "
                    "arrives, so its names cannot be read. What depends on it is left open.",
                    path));
  }
  if (path.empty()) {
    return problem(CertificateProblem::missing, path,
                   "The path of the certificate file is empty. Expected a path.");
  }
  return std::nullopt;
}

std::optional<CertificateError> diagnose(const FoundInFile& found, const std::string& path,
                                         size_t max_certificates) {
  if (found.damage) {
    return problem(CertificateProblem::malformed, path,
                   fmt::format("{}: {}. Servers refuse the whole file for it; copy it again from its source.",
                               at(path, found.damage->line), found.damage->what));
  }
  if (found.too_many_certificates) {
    return problem(
        CertificateProblem::too_large, path,
        fmt::format("{} holds more than {} certificates and is not used. A chain usually has 2 to 4: is it a "
                    "bundle of authorities?",
                    path, max_certificates));
  }
  if (found.certificates.empty()) return without_certificate(found, path);
  return std::nullopt;
}

CertificateError undecodable(const EncodedCertificate& encoded, std::string_view reason,
                             const std::string& path) {
  if (is_certificate_request(encoded.der)) {
    return problem(
        CertificateProblem::not_a_certificate, path,
        fmt::format("{} is a certificate request (CSR), not a certificate. Expected what the authority "
                    "sent back for it.",
                    at(path, encoded.line)));
  }
  return problem(
      CertificateProblem::malformed, path,
      fmt::format("{}: a certificate begins here, but {}. Servers refuse the whole file for it; copy it "
                  "again from its source.",
                  at(path, encoded.line), reason));
}

}  // namespace astray
