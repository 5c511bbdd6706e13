#include <fmt/format.h>

#include "names/authority.h"
#include "names/endpoint.h"
#include "report/probe_words.h"
#include "watch/detection/wording.h"

namespace astray::watch {
namespace {

/// As --sni and --host take it: what could be taken for a word of the option is marked as bytes.
std::string axis_word(const std::string& text, std::string_view not_sent) {
  if (text.empty()) return std::string(not_sent);
  return text.find_first_of(".:[") == std::string::npos ? '=' + text : text;
}

/// What a target can be: the name without a port; nothing where what was sent spells none, or an address.
std::optional<std::string> target_of(const std::string& sent) {
  const auto authority = Authority::parse(sent);
  if (!authority || !authority->host.name()) return std::nullopt;
  return authority->host.text();
}

}  // namespace

std::string probe_command(const CellKey& key) {
  const auto endpoint = Endpoint::parse(key.node);
  if (!endpoint) return {};
  const bool usual = endpoint->port == Port::of(Scheme::https);
  std::string command = "astray probe";
  const auto add_target = [&](const std::string& name) {
    command += ' ' + shell_word(usual ? fmt::format("{}@{}", name, key.node)
                                      : fmt::format("https://{}:{}", name, endpoint->port.number()));
  };
  const std::optional<std::string> asked = target_of(key.authority);
  const std::optional<std::string> shown = target_of(key.sni);
  if (!asked && !shown) return {};
  if (asked) add_target(*asked);
  if (shown && shown != asked) add_target(*shown);
  if (!usual) command += " --node " + shell_word(endpoint->address.text());
  return command + fmt::format(" --sni {} --host {} --alpn {} --connection {}",
                               shell_word(axis_word(key.sni, "none")),
                               shell_word(axis_word(key.authority, "missing")), to_string(key.alpn),
                               to_string(key.use));
}

}  // namespace astray::watch
