// A bootstrap, a config_dump or a file of listeners of Envoy. Reading ends, and gives the same twice; every place lies
// in the file; which chain and which virtual host a name leads to is what going through all of them one by one finds;
// every listener answers hostile names, and letter case does not matter.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.h"
#include "base/check.h"
#include "servers/envoy/chain_choice.h"
#include "servers/envoy/domain_table.h"
#include "servers/envoy/envoy.h"
#include "servers/model/behaviour.h"
#include "servers/model/dump.h"
#include "tls/fake_certificate_source.h"

using namespace astray;

namespace {

constexpr std::string_view hostile[] = {"", "a.test", "B.A.TEST", "a.test:443", "a.test.", "[::1]:443", "*", ".", "x..y", "c.a.test:*"};

/// The first virtual host that states the best domain, found by looking at each.
const envoy::Domain* naive_domain(const envoy::RouteTable& table, std::string host) {
  host = ascii_lower(table.ignores_port ? envoy::without_port(host) : std::string_view(host));
  const envoy::Domain* best = nullptr;
  size_t best_rank = 0;
  for (const envoy::RouteVirtualHost& each : table.virtual_hosts) {
    for (const envoy::Domain& domain : each.domains) {
      const std::string& text = domain.text;
      size_t rank = 0;
      constexpr size_t exact = 4000000, suffix = 2000000, prefix = 1000000;
      if (text == "*") {
        rank = 1;
      } else if (text.starts_with('*')) {
        if (host.size() >= text.size() && host.ends_with(text.substr(1))) rank = suffix + text.size();
      } else if (text.ends_with('*')) {
        if (host.size() >= text.size() && host.starts_with(text.substr(0, text.size() - 1))) rank = prefix + text.size();
      } else if (text == host) {
        rank = exact;
      }
      if (rank > best_rank) {
        best = &domain;
        best_rank = rank;
      }
    }
  }
  return best;
}

size_t name_rank(const std::vector<std::string>& patterns, const std::string& name) {
  constexpr size_t exact = 1000000;
  if (patterns.empty()) return 1;
  size_t best = 0;
  for (const std::string& pattern : patterns) {
    if (!name.empty() && pattern == name) best = exact;
    if (pattern.starts_with("*.") && name.size() > pattern.size() - 1 && name.ends_with(pattern.substr(1)) &&
        pattern.size() > 2)
      best = std::max(best, pattern.size());
  }
  return best;
}

/// Narrows the chains down criterion by criterion. Only for listeners without ports and address prefixes.
const envoy::Chain* naive_chain(const envoy::ListenerPart& part, const envoy::Arrival& arrival) {
  size_t best = 0;
  for (const envoy::Chain& chain : part.chains)
    best = std::max(best, name_rank(chain.match.server_names, arrival.server_name));
  std::vector<const envoy::Chain*> left;
  for (const envoy::Chain& chain : part.chains)
    if (best > 0 && name_rank(chain.match.server_names, arrival.server_name) == best) left.push_back(&chain);
  const auto has = [&](std::string_view transport) {
    return std::ranges::any_of(left, [&](const auto* chain) { return chain->match.transport_protocol == transport; });
  };
  const std::string transport(has(arrival.transport_protocol) ? arrival.transport_protocol : "");
  std::erase_if(left, [&](const auto* chain) { return chain->match.transport_protocol != transport; });
  for (const std::string_view offered : arrival.application_protocols)
    for (const auto* chain : left)
      if (std::ranges::find(chain->match.application_protocols, offered) != chain->match.application_protocols.end())
        return chain;
  for (const auto* chain : left)
    if (chain->match.application_protocols.empty()) return chain;
  return part.default_chain ? &*part.default_chain : nullptr;
}

bool is_plain(const envoy::ListenerPart& part) {
  return part.unknowable.empty() && std::ranges::all_of(part.chains, [](const envoy::Chain& chain) {
           const envoy::ChainMatch& match = chain.match;
           const auto names_everything = [](const std::string& protocol) { return protocol.empty(); };
           return !match.destination_port && match.prefix_ranges.empty() && !match.by_source &&
                  std::ranges::none_of(match.application_protocols, names_everything) &&
                  std::ranges::none_of(match.server_names,
                                       [](const std::string& name) { return name == "*." || name.starts_with('.'); });
         });
}

void compare_with_naive(const envoy::ListenerPart& part) {
  std::vector<envoy::ChainChoice::Complaint> complaints;
  const envoy::ChainChoice choice(part, complaints);
  for (const std::string_view name : {"", "a.test", "b.a.test", "c.b.a.test", "other"}) {
    if (!is_plain(part)) break;
    const envoy::Arrival arrival{{}, {}, std::string(name), "tls", {"h2", "http/1.1"}};
    CHECK(choice.find(arrival).chain == naive_chain(part, arrival));
  }
  for (const envoy::Chain& chain : part.chains) {
    if (!chain.http) continue;
    std::vector<envoy::DomainTable::Complaint> doubled;
    const envoy::DomainTable domains(chain.http->routes, doubled);
    for (const std::string_view name : hostile) {
      const auto found = domains.find(name);
      const envoy::Domain* naive = naive_domain(chain.http->routes, std::string(name));
      CHECK(found.has_value() == (naive != nullptr));
      CHECK(!found || found->span == naive->span);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 32768) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  MemoryFiles files;
  files.add("/envoy.yaml", text);
  FakeCertificateSource certificates;
  certificates.declare("/a.pem", {"a.test", "*.a.test"});
  certificates.declare_authorities("/ca.pem", {"CN=CA"});
  envoy_server.recognise(files, "/envoy.yaml");
  const ReadOptions options{std::nullopt, VersionBasis::given, "", {}, files, certificates};
  const Result<Deployment> read = envoy_server.read("/envoy.yaml", options);
  if (!read) return 0;
  CHECK(dump(*envoy_server.read("/envoy.yaml", options)) == dump(*read));
  const auto lines = static_cast<uint32_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return c == '\n' || c == '\r' || static_cast<uint8_t>(c) >= 0x80;
  }));
  for (const ReadProblem& problem : read->problems) {
    CHECK(!problem.message.empty());
    CHECK(problem.span.line <= lines + 1);
  }
  const auto behaviour = envoy_server.behaviour(*read);
  for (size_t i = 0; i < read->listeners.size(); ++i) {
    for (const std::string_view sni : hostile) {
      ConnectionFacts connection;
      connection.sni = RawHost(std::string(sni));
      connection.alpn = AlpnOffer::h2;
      for (const std::string_view name : hostile) {
        RequestFacts request;
        request.pseudo_authority = RawHost(std::string(name));
        const Expected one = behave(*behaviour, static_cast<ListenerId>(i), connection, request);
        request.pseudo_authority = RawHost(ascii_lower(name));
        const Expected other = behave(*behaviour, static_cast<ListenerId>(i), connection, request);
        CHECK(one.handshake.outcome == other.handshake.outcome);
        const bool by_route = one.answer.outcome != other.answer.outcome || one.answer.status != other.answer.status;
        // Only a condition on ":authority" tells cases apart.
        CHECK(!by_route || text.find("authority") != std::string::npos || text.find("ost") != std::string::npos);
      }
    }
  }
  for (const envoy::ListenerPart& part : read->envoy->listeners) compare_with_naive(part);
  return 0;
}
