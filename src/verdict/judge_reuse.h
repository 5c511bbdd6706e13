#pragma once
#include <cstdint>
#include <string>

#include "verdict/client_profile.h"
#include "verdict/reason.h"
#include "verdict/reuse_facts.h"

namespace astray {

enum class ReuseAnswer : uint8_t { reuse, open_new, could_not_tell };
std::string_view to_string(ReuseAnswer answer);

/// Whether the verdict rests on `UnknownAddresses::assume_same_address`.
enum class AddressBasis : uint8_t { known, assumed };

struct ReuseVerdict {
  ReuseAnswer answer = ReuseAnswer::could_not_tell;
  Reason reason = Reason::facts_missing;
  /// The rung that decided; null when the end of the ladder was reached, which means that every rung let it
  /// pass.
  const Rung* rung = nullptr;
  AddressBasis basis = AddressBasis::known;
};

/// Walks the profile's ladder from the top. The first rung that refuses gives `open_new` and its reason, the
/// first that accepts gives `reuse`; past the last rung the connection is reused (`coalesced`). A rung that
/// cannot tell does not end the walk: if a later one refuses, the answer is `open_new` whatever the missing
/// fact, otherwise `could_not_tell` with the first such rung. No allocation.
ReuseVerdict judge_reuse(const ClientProfile& profile, const PooledConnection& connection,
                         const NewRequest& request,
                         UnknownAddresses unknown_addresses = UnknownAddresses::could_not_tell);

/// One sentence: "Firefox opens a new connection for b.example: address-differs (…)".
std::string describe(const ReuseVerdict& verdict, const ClientProfile& profile,
                     const PooledConnection& connection, const NewRequest& request);

}  // namespace astray
