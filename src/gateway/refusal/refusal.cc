#include "gateway/refusal/refusal.h"

#include <fmt/format.h>

#include "base/check.h"
#include "gateway/refusal/statement.h"

namespace astray::gateway {
namespace {

std::string advice(const Verdict& verdict, std::string_view authority) {
  const Evidence& evidence = verdict.evidence;
  switch (remedy(verdict)) {
    case Remedy::connection_of_its_own:
      return fmt::format("Send the request again on a new connection that is made for {} alone.", authority);
    case Remedy::other_scheme:
      return fmt::format("This is a connection for {}; send requests for {} on one of their own.",
                         to_string(evidence.connection_scheme), to_string(evidence.asked_scheme));
    case Remedy::other_place:
      return fmt::format(
          "Nothing here answers for {}, on no connection: look at its DNS records and at the proxies before "
          "this "
          "gateway.",
          authority);
    case Remedy::other_request:
      return "Name one host, once, in Host or :authority.";
  }
  CHECK(false);
}

Statement statement_of(const Verdict& verdict) {
  const Evidence& evidence = verdict.evidence;
  Statement statement{.status = status(verdict.answer),
                      .reason = to_string(verdict.reason),
                      .sentence = std::string(info(verdict.reason).sentence),
                      .authority = shown(evidence.authority),
                      .sni = std::nullopt,
                      .remedy = to_string(remedy(verdict)),
                      .advice = {}};
  if (evidence.sni) statement.sni = shown(*evidence.sni);
  statement.advice = advice(verdict, statement.authority);
  return statement;
}

}  // namespace

std::string_view to_string(Remedy remedy) {
  constexpr std::string_view ids[] = {"connection-of-its-own", "other-scheme", "other-place",
                                      "other-request"};
  return ids[static_cast<size_t>(remedy)];
}

Remedy remedy(const Verdict& verdict) {
  switch (verdict.answer) {
    case Answer::bad_request:
      return Remedy::other_request;
    case Answer::not_found:
      return Remedy::other_place;
    case Answer::misdirected:
      if (verdict.reason == Reason::unowned) return Remedy::other_place;
      if (verdict.reason == Reason::scheme_mismatch) return Remedy::other_scheme;
      return Remedy::connection_of_its_own;
    case Answer::serve:
    case Answer::could_not_tell:
      break;
  }
  CHECK(false);
}

std::string refusal_body(const Verdict& verdict, RefusalFormat format) {
  return body_of(statement_of(verdict), format);
}

}  // namespace astray::gateway
