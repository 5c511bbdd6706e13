#pragma once
#include <string>
#include <string_view>

#include "servers/caddy/caddyfile_tokens.h"
#include "servers/caddy/configuration.h"
#include "servers/model/file_source.h"

namespace astray::caddy {

/// A Caddyfile as the configuration that `caddy adapt` makes of it. Problems and files go to `deployment`, whose
/// version says by which rules. `path` is absolute, `text` its content; relative files of certificates are found
/// from `folder`, Caddy's working directory.
HttpConfiguration read_caddyfile_configuration(const std::string& path, std::string_view text,
                                               const std::string& folder, FileSource& files,
                                               const Environment& environment, Deployment& deployment);

}  // namespace astray::caddy
