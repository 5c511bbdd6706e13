#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tls/certificate_source.h"

namespace astray {

/// Hands the bytes of a regular file to `receive`, piece by piece, through one buffer that is wiped
/// afterwards: a private key may pass through it. Devices, pipes and folders are not read. Gives the error,
/// if any; it is too_large when the file has more than `max_bytes`.
std::optional<CertificateError> read_regular_file(const std::string& path, size_t max_bytes,
                                                  const std::function<void(std::string_view)>& receive);

}  // namespace astray
