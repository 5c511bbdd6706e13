#include "verdict/judge_retry.h"

#include <utility>

namespace astray {
namespace {

RetryVerdict returned(Reason reason) {
  return {RetryAnswer::return_to_caller, reason, {}};
}

/// Why this client leaves such a 421 to its caller whatever the request; nothing when it would retry.
std::optional<Reason> unmet(RetryCondition condition, CarriedBy carried_by) {
  switch (condition) {
    case RetryCondition::never:
      return Reason::client_never_retries;
    case RetryCondition::when_coalesced:
      if (carried_by != CarriedBy::coalesced_connection) return Reason::connection_not_coalesced;
      return std::nullopt;
    case RetryCondition::when_alternative:
      if (carried_by != CarriedBy::alternative) return Reason::not_an_alternative_service;
      return std::nullopt;
    case RetryCondition::always:
    case RetryCondition::unmeasured:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(CarriedBy carried_by) {
  switch (carried_by) {
    case CarriedBy::own_connection:
      return "own-connection";
    case CarriedBy::coalesced_connection:
      return "coalesced-connection";
    case CarriedBy::alternative:
      return "alternative";
  }
  return {};
}

std::string_view to_string(RetryAnswer answer) {
  switch (answer) {
    case RetryAnswer::retry_on_fresh_connection:
      return "retry-on-fresh-connection";
    case RetryAnswer::retry_on_same_connection:
      return "retry-on-same-connection";
    case RetryAnswer::return_to_caller:
      return "return-to-caller";
    case RetryAnswer::could_not_tell:
      return "could-not-tell";
  }
  return {};
}

RetryVerdict judge_retry(const ClientProfile& profile, const MisdirectedAnswer& answer) {
  const RetryRule& rule = profile.retry;
  if (rule.condition == RetryCondition::unmeasured)
    return {RetryAnswer::could_not_tell, Reason::facts_missing, {}};
  if (auto reason = unmet(rule.condition, answer.carried_by)) return returned(*reason);
  if (rule.limit != RetryRule::unlimited && answer.earlier_retries >= rule.limit)
    return returned(Reason::already_retried);
  if (rule.body == RetryBody::replayable && answer.body == RequestBody::streaming)
    return returned(Reason::body_not_replayable);
  if (rule.bound_authentication == BoundAuthentication::forbids_retry &&
      answer.authentication == AuthenticationBinding::bound)
    return returned(Reason::authentication_bound);
  RetryMemory memory = rule.memory;
  if (std::exchange(memory.closes_own_connection, false) && answer.carried_by == CarriedBy::own_connection)
    memory.closes_connection = true;
  if (rule.own_connection == OwnConnectionRetry::same && answer.carried_by == CarriedBy::own_connection) {
    if (answer.protocol != Protocol::h1)
      return {RetryAnswer::retry_on_same_connection, Reason::retry_on_same_connection, {}};
    memory.closes_connection = true;
  }
  return {RetryAnswer::retry_on_fresh_connection, Reason::retry_on_fresh_connection, memory};
}

}  // namespace astray
