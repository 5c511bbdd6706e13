#pragma once
// One file of certificates, read once, without any memory of other files. Safe from any number of threads.

#include <cstddef>
#include <string>
#include <string_view>

#include "tls/certificate_source.h"

namespace astray {

constexpr size_t max_certificate_file_bytes = size_t{1} << 20;
constexpr size_t max_chain_length = 100;
/// Bundles of public CAs are larger: Debian's has 140 certificates in 220 KiB.
constexpr size_t max_authorities_file_bytes = size_t{16} << 20;
constexpr size_t max_authorities = 10000;

CertificateResult read_certificate_file(const std::string& path);
AuthoritiesResult read_authorities_file(const std::string& path);
/// The files named after a subject's hash ("1a2b3c4d.0"): OpenSSL looks up no others.
AuthoritiesResult read_authority_directory(const std::string& path);

/// As if the file of this path held these bytes.
CertificateResult read_certificate_bytes(std::string_view bytes, const std::string& path);
AuthoritiesResult read_authorities_bytes(std::string_view bytes, const std::string& path);

}  // namespace astray
