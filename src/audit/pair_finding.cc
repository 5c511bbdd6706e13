#include "audit/pair_finding.h"

#include <fmt/format.h>

#include "audit/client_answers.h"

namespace astray {
namespace {

/// What clients meet, as severity; nothing when none does.
std::optional<Severity> severity_of(MisdirectionKind kind, RideOutcome worst) {
  if (kind == MisdirectionKind::bypassed) return Severity::error;
  switch (worst) {
    case RideOutcome::never_rides:
      return std::nullopt;
    case RideOutcome::may_ride:
      return Severity::warning;
    case RideOutcome::rides:
      return Severity::error;
    case RideOutcome::retries:
    case RideOutcome::may_be_refused:
      return Severity::warning;
    case RideOutcome::is_refused:
      return Severity::error;
  }
  return std::nullopt;
}

Confidence confidence_of(MisdirectionKind kind, const RideAnswers& ride) {
  if (kind == MisdirectionKind::bypassed) return Confidence::high;
  if (ride.worst == RideOutcome::may_ride) return Confidence::low;
  return ride.addresses_assumed ? Confidence::medium : Confidence::high;
}

std::string rejection(const ExpectedAnswer& answer) {
  return fmt::format("{} ({})", answer.status == 0 ? "a refusal" : std::to_string(answer.status),
                     to_string(answer.reason));
}

}  // namespace

std::optional<Finding> pair_finding(const AuditContext& context, const Rule& rule,
                                    const Misdirection& misdirection) {
  const CoalescingGroup& group = *misdirection.group;
  RideAnswers ride = ride_answers(
      context.topology, {group.site, group.listener, group.address, misdirection.carrier.name,
                         misdirection.rider.name, misdirection.certificate, misdirection.comparison});
  auto severity = severity_of(misdirection.kind, ride.worst);
  if (!severity) return std::nullopt;

  Finding finding;
  finding.rule_id = rule.id;
  finding.severity = *severity;
  finding.confidence = confidence_of(misdirection.kind, ride);
  finding.from_name = misdirection.carrier.name;
  finding.to_name = misdirection.rider.name;
  finding.place = block_place(context.topology, group.site, misdirection.rider.virtual_host);
  if (misdirection.carrier.virtual_host != misdirection.rider.virtual_host)
    finding.related.push_back(block_place(context.topology, group.site, misdirection.carrier.virtual_host));
  finding.related.push_back(
      context.topology.place(group.site, group.certificate->span, "the certificate of both"));
  finding.answers = std::move(ride.answers);
  finding.further = misdirection.further;
  return finding;
}

std::string sharing_sentence(const Misdirection& misdirection) {
  return fmt::format("Clients that hold a connection for {} may send requests for {} on it: {} covers both.",
                     misdirection.carrier.name, misdirection.rider.name,
                     misdirection.group->certificate->path);
}

std::string outcome_sentence(const AuditContext& context, const Misdirection& misdirection) {
  const Deployment& deployment = context.topology.deployment(misdirection.group->site);
  const ExpectedAnswer& coalesced = misdirection.comparison.coalesced;
  const Expected& fresh = misdirection.comparison.fresh;
  std::string who = server_text(deployment);
  switch (misdirection.kind) {
    case MisdirectionKind::refused:
      return fmt::format("{} answers {} there and serves the request on a connection of its own.", who,
                         rejection(coalesced));
    case MisdirectionKind::bypassed:
      return fresh.handshake.outcome == HandshakeOutcome::rejected
                 ? fmt::format(
                       "{} serves the request there although it ends the handshake of a connection of its "
                       "own ({}).",
                       who, to_string(fresh.handshake.reason))
                 : fmt::format("{} serves the request there and answers {} on a connection of its own.", who,
                               rejection(fresh.answer));
    case MisdirectionKind::other_virtual_host:
      return fmt::format("{} answers it there from the {}, on a connection of its own from the {}.", who,
                         block_text(deployment, coalesced.virtual_host),
                         block_text(deployment, fresh.answer.virtual_host));
  }
  return "";
}

std::string assumption_sentence(const Finding& finding) {
  return finding.confidence == Confidence::medium
             ? " Both names are taken to share an address; --dns settles it."
             : "";
}

}  // namespace astray
