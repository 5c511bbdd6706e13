#pragma once
#include <string>
#include <string_view>

#include "servers/caddy/configuration.h"

namespace astray::caddy {

/// Caddy's own JSON (https://caddyserver.com/docs/json/): `text` is the whole configuration or the answer of the
/// admin API's /config/. Its places have the file `file`; problems go to `deployment`.
HttpConfiguration read_json_configuration(std::string_view text, SourceFileId file, const std::string& folder,
                                          Deployment& deployment);

/// Whether a text is JSON with an HTTP app of Caddy in it, at first sight.
bool looks_like_json_configuration(std::string_view text);

}  // namespace astray::caddy
