#pragma once
// Whether clients would put one name on the connection of another, rung by rung, told by the verdict that the client
// itself, the auditor and the probes use (verdict/judge_reuse.h), from what the store knows of both names' own answers.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "verdict/judge_reuse.h"
#include "watch/store/store.h"

namespace astray::watch {

struct RungStep {
  std::string_view id;
  RungOutcome outcome = RungOutcome::unknown;
};
/// "pass", "accept", "refuse", "could-not-tell", "waived", "assumed".
std::string_view to_string(RungOutcome outcome);

struct ClientLadder {
  const ClientProfile* client = nullptr;
  ReuseVerdict verdict;
  std::vector<RungStep> steps;  ///< up to the one that decides
};

/// What the store has of one pair. Borrowed.
struct LadderFacts {
  std::string_view from, to, node;
  std::span<const Span> from_now, to_now;  ///< the names' own present answers, on every node that is watched
  std::span<const CertificateRecord> certificates;
};

struct Ladders {
  std::string node;
  std::string missing;  ///< the fact without which no ladder is climbed, a sentence; "" when they were
  std::vector<ClientLadder> clients;  ///< that coalesce at all; each must be one of all_client_profiles()
};

/// What is not remembered is taken as the plain case: no ORIGIN frame, no proxy, room on the connection. Addresses of
/// a name are those of the nodes that it was asked on.
Ladders climb(const LadderFacts& facts);

}  // namespace astray::watch
