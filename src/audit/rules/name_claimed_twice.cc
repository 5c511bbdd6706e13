#include <fmt/format.h>

#include <map>
#include <optional>
#include <unordered_map>

#include "audit/context.h"
#include "audit/pattern_example.h"
#include "audit/rules/rules.h"
#include "audit/twins.h"
#include "audit/wording.h"

namespace astray::rules::name_claimed_twice {
namespace {

/// A virtual host that states a name, and the one that gets its requests.
struct Loss {
  VirtualHostId winner, loser;
  auto operator<=>(const Loss&) const = default;
};

class DoubleClaims {
 public:
  DoubleClaims(const Topology& topology, std::vector<Finding>& findings)
      : topology_(topology), findings_(findings) {}

  void look_at(SiteId site, ListenerId listener_id) {
    const Deployment& deployment = topology_.deployment(site);
    const Listener& listener = deployment.listener(listener_id);
    if (listener.kind != Listener::Kind::http) return;
    std::unordered_map<std::string, VirtualHostId> patterns;
    for (VirtualHostId id : listener.virtual_hosts) {
      for (const NamedPattern& named : deployment.virtual_host(id).names) {
        auto winner = named.pattern.kind == PatternKind::exact
                          ? winner_of_name(site, listener_id, named.pattern.text)
                          : winner_of_pattern(patterns, id, named.pattern);
        if (winner && *winner != id) report(site, listener_id, {*winner, id}, named);
      }
    }
  }

 private:
  std::optional<VirtualHostId> winner_of_name(SiteId site, ListenerId listener,
                                              const std::string& name) const {
    if (name.empty()) return std::nullopt;
    auto lookup = topology_.behaviour(site).find_virtual_host(listener, name);
    if (lookup.match == NameMatch::default_host) return std::nullopt;
    return lookup.virtual_host;
  }

  /// Of a pattern spelled twice, the first; patterns that merely overlap are ranked by the server.
  static std::optional<VirtualHostId> winner_of_pattern(
      std::unordered_map<std::string, VirtualHostId>& patterns, VirtualHostId id,
      const ServerNamePattern& pattern) {
    if (pattern.kind == PatternKind::unknowable) return std::nullopt;
    return patterns.try_emplace(pattern.spelled(), id).first->second;
  }

  static const NamedPattern* stating(const VirtualHost& winner, const ServerNamePattern& pattern) {
    for (const NamedPattern& named : winner.names)
      if (named.pattern == pattern) return &named;
    return nullptr;
  }

  void report(SiteId site, ListenerId listener, Loss loss, const NamedPattern& named) {
    auto [entry, is_new] = told_.try_emplace({site, loss}, Told{findings_.size(), listener});
    if (!is_new) {
      // The same two virtual hosts on a second listener are the same names once more.
      if (entry->second.listener == listener) ++findings_[entry->second.finding].further;
      return;
    }
    const Deployment& deployment = topology_.deployment(site);
    const VirtualHost& winner = deployment.virtual_host(loss.winner);
    const VirtualHost& loser = deployment.virtual_host(loss.loser);
    const NamedPattern* first = stating(winner, named.pattern);
    std::string name = named.pattern.spelled();
    bool protection_lost =
        digest(winner.tls).client_authentication != digest(loser.tls).client_authentication &&
        loser.tls.client_authentication.value != ClientAuthentication::off;

    Finding finding;
    finding.rule_id = rule.id;
    finding.severity = protection_lost ? Severity::error : Severity::warning;
    finding.confidence = Confidence::high;
    finding.from_name = name;
    finding.place = topology_.place(
        site, named.span,
        fmt::format("{} in the {}, which never gets it", name, block_text(deployment, loss.loser)));
    finding.related.push_back(
        topology_.place(site, first != nullptr ? first->span : winner.span,
                        fmt::format("the {}, which answers it", block_text(deployment, loss.winner))));
    finding.message = fmt::format(
        "{} is claimed twice on {}: {} gives it to the {} ({}), and the {} never gets a request for it.{}",
        name, deployment.listener(listener).address.text(), server_text(deployment),
        block_text(deployment, loss.winner), deployment.files.describe(winner.span),
        block_text(deployment, loss.loser),
        protection_lost ? " The client certificate that the latter asks for is not asked for." : "");
    finding.answers.push_back({"every client",
                               fmt::format("is answered by the {}", block_text(deployment, loss.winner)), 0,
                               Reason::own_name});
    finding.fix = {
        first != nullptr
            ? fmt::format("Remove {} from one of the two.", name)
            : fmt::format("Put the {} before the one whose pattern takes {}, or narrow that pattern.",
                          block_text(deployment, loss.loser), name),
        "", finding.place};
    findings_.push_back(std::move(finding));
  }

  struct Told {
    size_t finding;
    ListenerId listener;
  };
  const Topology& topology_;
  std::vector<Finding>& findings_;
  std::map<std::pair<SiteId, Loss>, Told> told_;
};

void check(const AuditContext& context, std::vector<Finding>& findings) {
  DoubleClaims claims(context.topology, findings);
  for (size_t site = 0; site < context.topology.sites().size(); ++site) {
    SiteId id = static_cast<SiteId>(site);
    std::vector<ListenerId> first = first_twins(context.topology.deployment(id));
    for (size_t i = 0; i < first.size(); ++i)
      if (first[i] == static_cast<ListenerId>(i)) claims.look_at(id, first[i]);
  }
}

}  // namespace

constinit const Rule rule = {
    .id = "AST011",
    .name = "name-claimed-twice",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary = "two virtual hosts of one listener claim the same name, and one of them never gets it",
    .check = check,
};

}  // namespace astray::rules::name_claimed_twice
