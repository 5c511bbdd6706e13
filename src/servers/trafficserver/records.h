#pragma once
// A record is one setting of records.config (until 9.2) or records.yaml (from 10.0), called by its full name:
// "proxy.config.http.server_ports".
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "servers/model/deployment.h"

namespace astray::trafficserver {

class Records {
 public:
  /// `environment`: NAME=VALUE; PROXY_CONFIG_HTTP_SERVER_PORTS and its like win over the file (RecConfigParse.cc).
  explicit Records(const std::vector<std::string>& environment);

  /// "CONFIG name TYPE value" lines; the last of a name counts. What cannot be read goes to the deployment's problems.
  void read_config(SourceFileId file, std::string_view text, Deployment& deployment);
  /// The tree below `records`, its keys joined by dots.
  void read_yaml(SourceFileId file, std::string_view text, Deployment& deployment);

  /// Value and place of the first of these names that is stated; `fallback` where none is, or it is NULL.
  Setting<std::string> text(std::initializer_list<std::string_view> names, std::string_view fallback) const;
  /// The same as a number; `fallback` where it is none.
  Setting<int> number(std::initializer_list<std::string_view> names, int fallback) const;
  bool empty() const { return values_.empty(); }

 private:
  struct Value {
    std::string text;
    SourceSpan span;
  };
  const Value* find(std::string_view name) const;

  std::map<std::string, Value, std::less<>> values_;
  std::map<std::string, Value, std::less<>> environment_;  ///< by the variable's name
};

}  // namespace astray::trafficserver
