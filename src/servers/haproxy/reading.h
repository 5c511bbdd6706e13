#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "servers/haproxy/expression.h"
#include "servers/haproxy/problems.h"
#include "servers/haproxy/sections.h"
#include "servers/model/deployment.h"
#include "servers/model/file_source.h"
#include "tls/certificate_source.h"

namespace astray::haproxy {

/// What `global` says and other sections need.
struct Globals {
  std::string crt_base, ca_base;
  std::vector<Line> bind_options;          ///< ssl-default-bind-options
  Setting<std::string> ciphers, ciphersuites;
  bool server_verify = true;               ///< ssl-server-verify
};

/// What everything that reads shares.
struct Reading {
  Version version;
  std::string folder;  ///< what relative paths start from
  FileSource& files;
  CertificateSource& certificates;
  SourceFiles& names;
  Problems& problems;
  Globals globals{};
  /// Lists and maps that were read, by match method, letter case and path.
  std::map<std::string, std::shared_ptr<const Patterns>> lists{};
};

/// A list (`acl … -f FILE`) or map, each read once. Null: not readable, and told.
std::shared_ptr<const Patterns> read_map(std::string_view path, Match match, SourceSpan span, Reading& reading);

enum class Columns : uint8_t { keys, keys_and_values };
/// Adds a file's lines to `patterns`. False: not readable, and told.
bool add_file(std::string_view path, Columns columns, bool ignores_case, Patterns& patterns, SourceSpan span,
              Reading& reading);

/// An expression with its maps read.
Expression read_expression(std::string_view text, SourceSpan span, Reading& reading);

/// `path` as HAProxy would open it; `base` of crt-base or ca-base, "" without.
std::string located(std::string_view path, std::string_view base, const Reading& reading);

}  // namespace astray::haproxy
