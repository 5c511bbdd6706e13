#pragma once
#include <string_view>

#include "explain/source.h"

namespace astray::explain {

/// Whether the text begins like the output of `curl -i`, a status line, or the 421 of FTP or SMTP.
bool is_response(std::string_view head);
/// One response, or the several of `curl -iL`. Up to 1 MiB of it is read; a body beyond tells nothing new.
Result<SourceSummary> read_response(ByteSource& bytes, const SourceOptions& options, Witness& witness);

/// A line by which FTP or SMTP servers refuse service with their own 421 (RFC 959 §4.2.2, RFC 5321 §4.2.3):
/// "421 4.7.0 Too many connections", "421 Service not available".
bool is_other_protocols_421(std::string_view line);

}  // namespace astray::explain
