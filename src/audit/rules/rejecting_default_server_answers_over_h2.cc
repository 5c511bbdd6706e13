#include <fmt/format.h>

#include "audit/client_answers.h"
#include "audit/context.h"
#include "audit/directives.h"
#include "audit/finding_fold.h"
#include "audit/rules/rules.h"
#include "audit/wording.h"

namespace astray::rules::rejecting_default_server_answers_over_h2 {
namespace {

/// A name that no certificate covers: only a client that sets SNI and Host apart sends it.
constexpr std::string_view foreign_name = "unlisted.invalid";

class RejectingDefaults {
 public:
  RejectingDefaults(const AuditContext& context, std::vector<Finding>& findings)
      : topology_(context.topology), worst_(findings) {}

  void look_at(const CoalescingGroup& group) {
    const Deployment& deployment = topology_.deployment(group.site);
    VirtualHostId fallback = deployment.listener(group.listener).default_virtual_host;
    if (fallback == VirtualHostId::none || !rejects(deployment.virtual_host(fallback))) return;
    const NameClass* carrier = first_carrier(group);
    if (carrier == nullptr) return;
    bool covered = !group.unclaimed.empty();
    std::string name = covered ? group.unclaimed.front().name : std::string(foreign_name);
    Comparison comparison = compare(topology_, group.site, group.listener, carrier->example.name, name);
    if (comparison.coalesced.outcome != AnswerOutcome::serve ||
        comparison.fresh.handshake.outcome != HandshakeOutcome::rejected)
      return;
    report(group, fallback, *carrier, name, comparison);
  }

 private:
  static bool rejects(const VirtualHost& fallback) {
    return fallback.tls.reject_handshake.known() && fallback.tls.reject_handshake.value;
  }

  static const NameClass* first_carrier(const CoalescingGroup& group) {
    for (const NameClass& each : group.classes)
      if (each.may_carry) return &each;
    return nullptr;
  }

  void report(const CoalescingGroup& group, VirtualHostId fallback, const NameClass& carrier,
              const std::string& name, const Comparison& comparison) {
    RideAnswers ride = ride_answers(topology_, {group.site, group.listener, group.address,
                                                carrier.example.name, name, std::nullopt, comparison});
    bool reached = ride.worst != RideOutcome::never_rides;
    Finding finding;
    finding.rule_id = rule.id;
    finding.severity = reached ? Severity::warning : Severity::info;
    finding.confidence = reached && ride.addresses_assumed ? Confidence::medium : Confidence::high;
    finding.from_name = carrier.example.name;
    finding.to_name = name;
    finding.place = block_place(topology_, group.site, fallback);
    finding.related.push_back(block_place(topology_, group.site, carrier.example.virtual_host));
    std::string how =
        reached
            ? fmt::format(
                  "clients that hold a connection for {} may send requests for {} on it, which {} covers",
                  carrier.example.name, name, group.certificate->path)
            : fmt::format(
                  "a client may connect with SNI {} and ask for {}, or any other name, on that connection",
                  carrier.example.name, name);
    finding.message = fmt::format(
        "The default server rejects the handshake of names that nobody claims, but not their requests: {}, "
        "and {} answers "
        "them from that very default server.",
        how, server_text(topology_.deployment(group.site)));
    finding.answers = std::move(ride.answers);
    finding.fix = {
        "Answer 421 in the default server: clients then retry on a connection of their own, whose handshake "
        "is "
        "rejected.",
        directives::refuse_everything(topology_.deployment(group.site).server), finding.place};
    worst_.keep(group.site, fallback, std::move(finding));
  }

  const Topology& topology_;
  WorstFindings worst_;
};

void check(const AuditContext& context, std::vector<Finding>& findings) {
  RejectingDefaults defaults(context, findings);
  for (const CoalescingGroup& group : context.groups) defaults.look_at(group);
}

}  // namespace

constinit const Rule rule = {
    .id = "AST005",
    .name = "rejecting-default-server-answers-over-h2",
    .severity = Severity::warning,
    .confidence = Confidence::high,
    .summary =
        "a default server that rejects handshakes still answers requests that arrive on other names' "
        "connections",
    .check = check,
};

}  // namespace astray::rules::rejecting_default_server_answers_over_h2
