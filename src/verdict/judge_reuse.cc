#include "verdict/judge_reuse.h"

#include <fmt/format.h>

namespace astray {

std::string_view to_string(ReuseAnswer answer) {
  switch (answer) {
    case ReuseAnswer::reuse:
      return "reuse";
    case ReuseAnswer::open_new:
      return "open-new";
    case ReuseAnswer::could_not_tell:
      return "could-not-tell";
  }
  return {};
}

ReuseVerdict judge_reuse(const ClientProfile& profile, const PooledConnection& connection,
                         const NewRequest& request, UnknownAddresses unknown_addresses) {
  RungFacts facts{connection, request, unknown_addresses};
  const Rung* undecided = nullptr;
  AddressBasis basis = AddressBasis::known;
  Reason served = Reason::coalesced;

  auto reuse = [&](Reason reason, const Rung* rung) {
    if (undecided != nullptr)
      return ReuseVerdict{ReuseAnswer::could_not_tell, undecided->unknown_reason, undecided, basis};
    return ReuseVerdict{ReuseAnswer::reuse, reason, rung, basis};
  };

  for (const Rung& rung : profile.ladder) {
    switch (rung.check(facts)) {
      case RungOutcome::pass:
        break;
      case RungOutcome::waived:
        served = Reason::origin_set_includes;
        break;
      case RungOutcome::assumed:
        basis = AddressBasis::assumed;
        break;
      case RungOutcome::unknown:
        if (undecided == nullptr) undecided = &rung;
        break;
      case RungOutcome::accept:
        return reuse(rung.reason, &rung);
      case RungOutcome::refuse:
        return {ReuseAnswer::open_new, rung.reason, &rung, AddressBasis::known};
    }
  }
  return reuse(served, nullptr);
}

std::string describe(const ReuseVerdict& verdict, const ClientProfile& profile,
                     const PooledConnection& connection, const NewRequest& request) {
  std::string_view does;
  switch (verdict.answer) {
    case ReuseAnswer::reuse:
      does = "sends it on the connection to";
      break;
    case ReuseAnswer::open_new:
      does = "opens a new connection for it and leaves alone the one to";
      break;
    case ReuseAnswer::could_not_tell:
      does = "may or may not send it on the connection to";
      break;
  }
  const ReasonInfo& why = info(verdict.reason);
  std::string text = fmt::format("a request for {}: {} {} {} ({}: {}", request.origin.text(),
                                 profile.display_name, does, connection.origin.text(), why.id, why.sentence);
  if (verdict.basis == AddressBasis::assumed) text += "; both names are assumed to share their addresses";
  return text + ")";
}

}  // namespace astray
