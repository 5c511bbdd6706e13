// Safari and URLSession are closed: what users measured, and what every client of this kind does.
#include "verdict/clients/profiles.h"
#include "verdict/rungs.h"

namespace astray::clients {
namespace {

/// Nobody has measured whether another partition or a client certificate that was sent keeps names apart.
RungOutcome check_unmeasured(const RungFacts& facts) {
  bool measured = facts.request.partition == Partition::same &&
                  facts.connection.client_certificate == ClientCertificateUse::not_sent;
  return measured ? RungOutcome::pass : RungOutcome::unknown;
}

constexpr Rung unmeasured{"unmeasured", Reason::facts_missing, Reason::facts_missing, check_unmeasured};

constexpr Rung ladder[] = {
    rungs::alive,
    rungs::idle,
    rungs::same_key,
    rungs::multiplexed,
    rungs::tls,
    rungs::direct,
    rungs::dns_answer,
    rungs::same_address,
    rungs::same_peer_port,
    rungs::certificate_accepted,
    rungs::certificate_covers,
    unmeasured,
};

}  // namespace

constexpr ClientProfile safari{
    .id = "safari",
    .display_name = "Safari (URLSession on macOS and iOS)",
    .version_read = "",
    .confidence = ProfileConfidence::reported,
    .coalescing = Coalescing::across_names,
    .source = "closed source; envoyproxy/envoy#6767 (measured by a user), WebKit bug 192926",
    .ladder = ladder,
    .retry = {.condition = RetryCondition::unmeasured},
    .retry_note =
        "versions up to 14 show the 421 page; 15.1 was seen to retry, yet 421 pages are reported up to "
        "17.5 and later",
};

}  // namespace astray::clients
