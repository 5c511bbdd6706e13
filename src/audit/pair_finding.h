#pragma once
// What the rules about pairs of names have in common: places, severity by what clients do, and the sentences.
#include <optional>
#include <string>

#include "audit/context.h"
#include "audit/finding.h"
#include "audit/misdirection.h"
#include "audit/rule.h"
#include "audit/wording.h"

namespace astray {

/// A finding about the pair without message and fix. Nothing when no requested client would meet it: where a
/// check is bypassed, a client that sets SNI and Host apart on purpose is enough.
std::optional<Finding> pair_finding(const AuditContext& context, const Rule& rule,
                                    const Misdirection& misdirection);

/// "Clients that hold a connection for open.test may send requests for priv.test on it: /etc/ssl/multi.crt
/// covers both."
std::string sharing_sentence(const Misdirection& misdirection);
/// "nginx 1.29.7 answers 421 (client-authentication-differs) there and serves the request on a connection of
/// its own."
std::string outcome_sentence(const AuditContext& context, const Misdirection& misdirection);
/// " Both names are taken to have one address; --dns tells." or "".
std::string assumption_sentence(const Finding& finding);

}  // namespace astray
