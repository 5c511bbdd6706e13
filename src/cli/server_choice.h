#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "servers/model/server.h"

namespace astray {

/// What --server or --binary says: [FILE=]KIND[@VERSION].
struct ServerChoice {
  std::string input;  ///< the CONFIG it is about; "": every one of that kind
  const Server* server = nullptr;
  std::optional<Version> version;
  VersionBasis basis = VersionBasis::given;
};

/// The text behind --server; an Error names what was expected.
Result<ServerChoice> parse_server_choice(std::string_view text);

/// The kind and version that a server's binary prints about itself (`nginx -v`, `apache2 -v`).
struct BinaryVersion {
  const Server* server;
  Version version;
};
/// "nginx version: nginx/1.22.1" or "Server version: Apache/2.4.66 (Debian)" in a text; nothing when neither
/// is.
std::optional<BinaryVersion> version_in_text(std::string_view text);
/// Runs `path -v` without a shell and reads what it prints; it has ten seconds.
Result<BinaryVersion> version_of_binary(const std::string& path);

}  // namespace astray
