#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "names/authority.h"
#include "verdict/connection_facts.h"
#include "verdict/reason.h"

namespace astray {

enum class Answer : uint8_t { serve, bad_request, misdirected, not_found, could_not_tell };
std::string_view to_string(Answer answer);
/// 400, 421 or 404; 0 where the site itself answers or nobody can tell.
int status(Answer answer);

/// Which part of a request named an authority.
enum class AuthorityField : uint8_t { none, host, pseudo_authority, target };
std::string_view to_string(AuthorityField field);

/// What was compared, as plain fields; those that the reason does not touch are filled in all the same where
/// they are known. The texts are borrowed from the facts.
struct Evidence {
  std::optional<std::string_view> sni{};              ///< as sent
  std::string_view authority{};                       ///< as sent
  AuthorityField field = AuthorityField::none;        ///< where `authority` stood
  std::string_view other_authority{};                 ///< the one in conflict with it, as sent
  AuthorityField other_field = AuthorityField::none;  ///< where that stood
  std::optional<AuthorityError> malformed{};          ///< why `authority` is none
  Scheme connection_scheme = Scheme::https;
  Scheme asked_scheme = Scheme::https;
  std::optional<Port> connection_port{};
  std::optional<Port> asked_port{};
  Protocol protocol = Protocol::h1;
  PolicyDigest handshake_policy{};
  PolicyDigest owner_policy{};
};

struct Verdict {
  Answer answer = Answer::could_not_tell;
  Reason reason = Reason::facts_missing;
  Evidence evidence;
};

/// "421 certificate-gap: the certificate of this connection does not cover the authority (SNI a.example,
/// :authority b.example)". For logs and people.
std::string describe(const Verdict& verdict);

}  // namespace astray
