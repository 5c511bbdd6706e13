#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tls/certificate_extractor.h"
#include "tls/certificate_source.h"

namespace astray {

/// "engine:…", "data:…" and the like, and paths with a variable in them: nothing that could be opened.
std::optional<CertificateError> refuse_what_is_no_path(const std::string& path);

/// Why nothing can be used of what the file holds; nothing when there are certificates and no damage.
std::optional<CertificateError> diagnose(const FoundInFile& found, const std::string& path,
                                         size_t max_certificates);

/// A block that is labelled a certificate and is none.
CertificateError undecodable(const EncodedCertificate& encoded, std::string_view reason,
                             const std::string& path);

}  // namespace astray
