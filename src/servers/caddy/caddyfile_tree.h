#pragma once
// A Caddyfile as sites with their directives, imports and snippets put in place
// (https://caddyserver.com/docs/caddyfile/concepts).
#include <string>
#include <vector>

#include "servers/caddy/caddyfile_tokens.h"
#include "servers/model/deployment.h"
#include "servers/model/file_source.h"

namespace astray::caddy {

/// A line of a Caddyfile with the block that it opens.
struct Directive {
  Token name;
  std::vector<Token> arguments;
  bool has_block = false;
  std::vector<Directive> block;
};

struct SiteBlock {
  SourceSpan span;
  std::vector<Token> addresses;
  std::vector<Directive> directives;
};

struct CaddyfileTree {
  std::vector<Directive> global_options;
  std::vector<SiteBlock> sites;
};

/// Limits of what is read; beyond them reading ends with a problem that names the limit.
constexpr size_t max_caddyfile_bytes = size_t{16} << 20;
constexpr size_t max_caddyfile_tokens = 2'000'000;
constexpr size_t max_caddyfile_depth = 64;
constexpr size_t max_caddyfile_imports = 2'000;

/// Problems go to `deployment`, with the names of the files; what can be read is read all the same. `path` is
/// absolute, `text` its content.
CaddyfileTree read_caddyfile(const std::string& path, std::string_view text, FileSource& files,
                             const Environment& environment, Deployment& deployment);

}  // namespace astray::caddy
