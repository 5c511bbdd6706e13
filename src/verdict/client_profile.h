#pragma once
// What one client program does with pooled connections and with 421. A profile is a constant row: a ladder of
// checks for reuse, and what it does after a 421. The list of them is client_profile.cc.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "verdict/reason.h"
#include "verdict/reuse_facts.h"

namespace astray {

/// Where a profile's behaviour comes from. `proved`: a real client was watched by our own tests; `reported`:
/// users measured it; `deduced`: from documentation or general knowledge.
enum class ProfileConfidence : uint8_t { proved, read_in_source, reported, deduced };
std::string_view to_string(ProfileConfidence confidence);

/// Whether a connection can ever carry a second origin. Only `across_names` clients can be misdirected by
/// reuse.
enum class Coalescing : uint8_t { never, across_names };

/// What one rung says about a connection and a request.
enum class RungOutcome : uint8_t {
  pass,     ///< go on to the next rung
  accept,   ///< reuse, without asking the rungs below
  refuse,   ///< open a new connection
  unknown,  ///< a fact is missing
  waived,   ///< passes without a look at DNS, since the server's ORIGIN set names the origin (RFC 8336 §2.4)
  assumed,  ///< passes because the caller had it assume equal addresses
};

struct RungFacts {
  const PooledConnection& connection;
  const NewRequest& request;
  UnknownAddresses unknown_addresses;
};

/// One check of a ladder.
struct Rung {
  std::string_view id;    ///< kebab-case, unique within the ladder: "same-address"
  Reason reason;          ///< when it accepts or refuses
  Reason unknown_reason;  ///< when a fact is missing; facts_missing for rungs that always know
  RungOutcome (*check)(const RungFacts& facts);
};

/// What the client keeps in mind after a 421.
struct RetryMemory {
  bool evicts_alias = false;             ///< the name no longer belongs to the connection that answered
  bool marks_connection = false;         ///< the connection carries no further names from now on
  bool drops_alternative = false;        ///< its Alt-Svc entry goes (RFC 7838 §6)
  bool blocks_alternative = false;       ///< the alternative's authority is shunned for a while
  bool removes_from_origin_set = false;  ///< RFC 8336 §2.3
  bool closes_connection = false;        ///< the connection that answered takes no more requests
  bool closes_own_connection = false;    ///< the same, where it was opened for the very origin of the request
  bool refreshes_dns = false;
  bool operator==(const RetryMemory&) const = default;
};

/// When a client sends a request again after a 421.
enum class RetryCondition : uint8_t {
  never,
  always,
  when_coalesced,    ///< only if the connection had been opened for another name
  when_alternative,  ///< only if an Alt-Svc alternative of another authority answered
  unmeasured,        ///< seen to retry and seen not to
};
/// Which bodies it sends again.
enum class RetryBody : uint8_t { replayable, any };
/// Where a retry goes when the connection that answered 421 was opened for this very name. `same`: a
/// connection that multiplexes; one of HTTP/1.1 is closed and another one opened.
enum class OwnConnectionRetry : uint8_t { fresh, same };
/// Whether connection-based authentication (NTLM, Negotiate) keeps it from retrying.
enum class BoundAuthentication : uint8_t { ignored, forbids_retry };

struct RetryRule {
  static constexpr uint8_t unlimited = UINT8_MAX;
  RetryCondition condition = RetryCondition::never;
  uint8_t limit = 0;  ///< retries of one request
  RetryBody body = RetryBody::replayable;
  OwnConnectionRetry own_connection = OwnConnectionRetry::fresh;
  BoundAuthentication bound_authentication = BoundAuthentication::ignored;
  RetryMemory memory{};
};

struct ClientProfile {
  std::string_view id;            ///< stable: "chromium-h2"
  std::string_view display_name;  ///< "Chromium (Chrome, Edge, Opera) over HTTP/2"
  std::string_view version_read;  ///< the version whose behaviour this is; "" when unknown
  ProfileConfidence confidence;
  Coalescing coalescing;
  std::string_view source;  ///< files and functions, issue or page it was read from
  std::span<const Rung> ladder;
  RetryRule retry;
  std::string_view retry_note;  ///< one sentence for people about what it does on 421
};

/// Every profile, browsers first, our own last.
std::span<const ClientProfile* const> all_client_profiles();
/// Null when there is none of this id.
const ClientProfile* find_client_profile(std::string_view id);

}  // namespace astray
