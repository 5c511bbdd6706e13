// The reader and the behaviour of Traffic Server, on the files of its folder.
//
// Held: reading ends, whatever includes what, and gives the same twice; every place is in its file; every listener answers,
// whatever the SNI and the Host, consistently, and without regard to the case of letters; a rule that is found by
// look-up is the one that going through the rules one by one finds.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "configuration_input.h"
#include "servers/trafficserver/parts.h"
#include "servers/trafficserver/trafficserver.h"

namespace astray::fuzz {
namespace {

/// The first rule of the kind, in the order of the file, that takes "/" of the name.
const trafficserver::RemapRule* naive(const std::vector<trafficserver::RemapRule>& rules, trafficserver::RuleKind kind, Scheme scheme,
                                      std::string_view host, int port) {
  for (const trafficserver::RemapRule& rule : rules) {
    if (rule.kind != kind || !rule.from.path.empty() || rule.is_for_any_host()) continue;
    if (rule.from.scheme != scheme || rule.from_port() != port) continue;
    if (rule.has_regex ? rule.regex->match(host) != nginx::Regex::Outcome::no_match : rule.from.host == host) return &rule;
  }
  return nullptr;
}

void check_rules(const std::vector<trafficserver::RemapRule>& rules) {
  using trafficserver::RuleKind;
  const trafficserver::RemapTable table(rules);
  std::vector<std::string> hosts = {"a.test", "x.b.test", "127.0.0.1"};
  for (const trafficserver::RemapRule& rule : rules)
    if (hosts.size() < 16) hosts.push_back(rule.from.host);
  constexpr int local_port = 8443;
  for (const std::string& host : hosts)
    for (const Scheme scheme : {Scheme::http, Scheme::https})
      for (const int port : {80, 443, 99}) {
        if (host.empty()) continue;
        const trafficserver::RemapRule* expected = naive(rules, RuleKind::map_with_recv_port, scheme, host, local_port);
        if (expected == nullptr) expected = naive(rules, RuleKind::map, scheme, host, port);
        const trafficserver::RemapTable::Found found = table.map({scheme, host, port, local_port});
        if (found.how != trafficserver::RemapTable::How::any_host) CHECK(found.rule == expected);
        else CHECK(expected == nullptr);
        const trafficserver::RemapRule* redirect = naive(rules, RuleKind::redirect_temporary, scheme, host, port);
        if (redirect == nullptr) redirect = naive(rules, RuleKind::redirect, scheme, host, port);
        CHECK(table.redirect({scheme, host, port, local_port}).rule == redirect);
      }
}

}  // namespace
}  // namespace astray::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace astray;
  constexpr size_t max_input = 1 << 13;
  if (size > max_input) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Version version = size % 2 == 0 ? Version{9, 2, 9} : Version{10, 1, 4};
  const fuzz::ConfigurationInput input = fuzz::cut_configuration(bytes, "/e/remap.config");
  fuzz::check_reader(trafficserver_server, input, version);
  if (const Result<Deployment> deployment = fuzz::read_input(trafficserver_server, input, version); deployment && deployment->trafficserver)
    fuzz::check_rules(deployment->trafficserver->rules);
  return 0;
}
