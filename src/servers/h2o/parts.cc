#include "servers/h2o/parts.h"

namespace astray::h2o {

std::optional<HostAndPort> parse_host_and_port(std::string_view text) {
  HostAndPort parsed;
  std::string_view rest;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    parsed.host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
  } else {
    const size_t end = text.find_first_of("/:");
    parsed.host = text.substr(0, end);
    if (end != std::string_view::npos) rest = text.substr(end);
  }
  if (parsed.host.empty()) return std::nullopt;
  if (!rest.starts_with(':')) return parsed;
  const std::string_view digits = rest.substr(1, rest.find('/') - 1);
  constexpr int no_port = 65535;  // h2o's own mark, which a request therefore cannot name
  int port = 0;
  if (digits.empty()) return std::nullopt;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    port = port * 10 + (c - '0');
    if (port >= no_port) return std::nullopt;
  }
  parsed.port = port;
  return parsed;
}

TlsIndex::TlsIndex(const std::vector<TlsEntry>& entries) {
  for (size_t i = 0; i < entries.size(); ++i)
    for (const std::string& name : entries[i].names) {
      if (name.starts_with('*')) wildcards_.emplace_back(name, i);
      else exact_.try_emplace(name, i);
    }
}

std::optional<size_t> TlsIndex::find(std::string_view lower_name) const {
  std::optional<size_t> first;
  if (const auto found = exact_.find(std::string(lower_name)); found != exact_.end()) first = found->second;
  for (const auto& [pattern, index] : wildcards_)
    if ((!first || index < *first) && matches(pattern, lower_name)) first = index;
  return first;
}

bool matches(std::string_view pattern, std::string_view lower_name) {
  if (!pattern.starts_with('*')) return pattern == lower_name;
  const std::string_view end = pattern.substr(1);
  return end.size() < lower_name.size() && lower_name.ends_with(end);
}

}  // namespace astray::h2o
