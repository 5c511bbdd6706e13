#pragma once
// The TLS words that `bind` lines, lines of a crt-list and ssl-default-bind-options share.
#include <optional>
#include <string>
#include <string_view>

#include "servers/haproxy/reading.h"
#include "servers/haproxy/sections.h"
#include "servers/model/tls_settings.h"

namespace astray::haproxy {

struct TlsOptions {
  TlsSettings tls;
  std::optional<std::string> alpn;  ///< absent: not stated; "" for no-alpn
  bool verify_errors_ignored = false;
  bool strict_sni = false;

  /// Takes the words from `at` on if they are one of TLS's; how many, 0 if they are not.
  size_t take(const Line& line, size_t at, Reading& reading);
  /// Reads the authorities that `tls` names, once all words are taken.
  void load_authorities(Reading& reading);

 private:
  void take_verify(const Line& line, size_t at, Reading& reading);
  bool take_versions(const Line& line, size_t at, Reading& reading);
};

/// What a bind line starts from: the versions of this release, and ssl-default-bind-options.
TlsOptions default_options(Reading& reading);

}  // namespace astray::haproxy
