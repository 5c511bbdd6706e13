#include "cli/probe_options.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "base/ascii.h"
#include "cli/instant_text.h"
#include "cli/parse.h"
#include "report/printable.h"
#include "servers/model/file_source.h"

namespace astray {
namespace {

/// A decimal number of at least `least`.
Result<double> parse_number(const Arguments& arguments, std::string_view option, double least, double most) {
  const std::string_view text = arguments.value(option);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number) || number < least ||
      number > most) {
    return failure(fmt::format("{}: '{}' is no number from {} to {}", option, printable(text), least, most));
  }
  return number;
}

Result<tls::Version> parse_version(const Arguments& arguments, std::string_view option) {
  const std::string_view text = arguments.value(option);
  for (const tls::Version version :
       {tls::Version::tls1_0, tls::Version::tls1_1, tls::Version::tls1_2, tls::Version::tls1_3}) {
    if (tls::to_string(version).substr(4) == text) return version;
  }
  if (text == "1.0") return tls::Version::tls1_0;
  return failure(fmt::format("{}: '{}' is none of 1.0, 1.1, 1.2, 1.3", option, printable(text)));
}

/// FILE, or FILE:KEYFILE.
Result<tls::Identity> load_identity(const std::string& text) {
  const size_t colon = text.find(':');
  const std::string certificate = text.substr(0, colon);
  const std::string key = colon == std::string::npos ? certificate : text.substr(colon + 1);
  Result<tls::Identity> identity = tls::Identity::load(certificate, key);
  if (!identity) return failure("--client-cert: " + identity.error().message);
  return identity;
}

Result<tls::TrustStore> load_trust(std::string_view text) {
  if (text == "none") return tls::TrustStore();
  Result<tls::TrustStore> store =
      text == "system" ? tls::TrustStore::system() : tls::TrustStore::load(std::string(text));
  if (!store) return failure("--ca: " + store.error().message);
  return store;
}

}  // namespace

Result<ProbeOptions> parse_probe_options(const Arguments& arguments) {
  ProbeOptions options;
  const Result<double> rate = parse_number(arguments, "--rate", 0, 1e6);
  if (!rate) return tl::unexpected(rate.error());
  options.connections_per_second = *rate;
  const Result<double> concurrency = parse_number(arguments, "--concurrency", 1, 100'000);
  if (!concurrency) return tl::unexpected(concurrency.error());
  options.concurrency = static_cast<size_t>(*concurrency);
  const Result<double> per_node = parse_number(arguments, "--per-node", 1, 1000);
  if (!per_node) return tl::unexpected(per_node.error());
  options.per_node = static_cast<size_t>(*per_node);
  const Result<double> timeout = parse_number(arguments, "--timeout", 0.01, 3600);
  if (!timeout) return tl::unexpected(timeout.error());
  options.contact.timeout = Duration(static_cast<int64_t>(*timeout * 1e9));
  const Result<double> body_limit = parse_number(arguments, "--body-limit", 0, 64 * 1024);
  if (!body_limit) return tl::unexpected(body_limit.error());
  options.contact.body_limit = static_cast<uint64_t>(*body_limit * 1024);
  const Result<tls::Version> tls_min = parse_version(arguments, "--tls-min");
  if (!tls_min) return tl::unexpected(tls_min.error());
  const Result<tls::Version> tls_max = parse_version(arguments, "--tls-max");
  if (!tls_max) return tl::unexpected(tls_max.error());
  if (*tls_min > *tls_max) return failure("--tls-min is above --tls-max, so no version is left");
  options.contact.min_version = *tls_min;
  options.contact.max_version = *tls_max;
  Result<tls::TrustStore> trust = load_trust(arguments.value("--ca"));
  if (!trust) return tl::unexpected(trust.error());
  options.contact.trust = std::move(*trust);
  for (const std::string& text : arguments.values("--client-cert")) {
    Result<tls::Identity> identity = load_identity(text);
    if (!identity) return tl::unexpected(identity.error());
    options.contact.client_certificates.push_back(std::move(*identity));
  }
  options.contact.now = now();
  options.contact.owner_field = ascii_lower(arguments.value("--owner-field"));
  options.contact.user_agent = fmt::format("astray/{}", ASTRAY_VERSION);
  return options;
}

Result<std::vector<NodeOverride>> parse_node_overrides(const Arguments& arguments) {
  std::vector<NodeOverride> nodes;
  for (const std::string& text : arguments.list("--node")) {
    if (const auto endpoint = Endpoint::parse(text)) {
      nodes.push_back({endpoint->address, endpoint->port});
      continue;
    }
    std::string_view bare = text;
    if (bare.starts_with('[') && bare.ends_with(']')) bare = bare.substr(1, bare.size() - 2);
    const auto address = IpAddress::parse(bare);
    if (!address) {
      return failure(
          fmt::format("--node: '{}' is no address; expected one such as 192.0.2.1, 192.0.2.1:8443 or "
                      "[2001:db8::1]:8443",
                      printable(text)));
    }
    nodes.push_back({*address, std::nullopt});
  }
  return nodes;
}

Result<std::vector<ProbeTarget>> parse_targets(const Arguments& arguments) {
  std::vector<ProbeTarget> targets;
  for (const std::string& text : arguments.operands()) {
    Result<ProbeTarget> target = parse_target(text);
    if (!target) return tl::unexpected(target.error());
    targets.push_back(std::move(*target));
  }
  for (const std::string& path : arguments.values("--targets")) {
    Result<std::string> text = DiskFiles().read(path == "-" ? "/dev/stdin" : path);
    if (!text) return failure("--targets: " + text.error().message);
    Result<std::vector<ProbeTarget>> listed = parse_target_list(*text, path);
    if (!listed) return tl::unexpected(listed.error());
    targets.insert(targets.end(), std::make_move_iterator(listed->begin()),
                   std::make_move_iterator(listed->end()));
  }
  return targets;
}

}  // namespace astray
