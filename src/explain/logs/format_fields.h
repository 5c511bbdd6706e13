#pragma once
#include <span>
#include <string>
#include <string_view>

#include "explain/logs/text_format.h"

namespace astray::explain {

/// A field by the name that a server gives it.
struct NamedField {
  std::string_view name;
  LogField field;
};

/// What nginx's variables, httpd's directives, … tell; each list is stated in its own .cc.
std::span<const NamedField> nginx_fields();
std::span<const NamedField> httpd_fields();
std::span<const NamedField> haproxy_fields();
std::span<const NamedField> envoy_fields();
std::span<const NamedField> trafficserver_fields();
/// All that the gateway's log has (docs/gateway-log.md), without "astray." before them.
std::span<const NamedField> astray_fields();

/// `ignored` for a name that is not in the list: a field that no explanation needs.
LogField find_field(std::span<const NamedField> fields, std::string_view name);

/// Gathers literals and fields.
class PieceBuilder {
 public:
  void literal(char c) { before_ += c; }
  void field(LogField field) {
    pieces_.pieces.push_back({std::move(before_), field});
    before_.clear();
  }
  /// Names of fields in the order in which they stand, for messages.
  FormatPieces finish(LogServer server);

 private:
  FormatPieces pieces_;
  std::string before_;
};

}  // namespace astray::explain
