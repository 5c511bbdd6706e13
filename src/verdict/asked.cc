#include "verdict/asked.h"

namespace astray {
namespace {

struct Candidate {
  AuthorityField field = AuthorityField::none;
  std::string_view text;
};

Evidence gather(const ConnectionFacts& connection, const RequestNames& request, const Candidate& candidate) {
  Evidence evidence;
  if (connection.sni) evidence.sni = connection.sni->bytes();
  evidence.authority = candidate.text;
  evidence.field = candidate.field;
  evidence.connection_scheme = connection.scheme;
  evidence.asked_scheme = request.scheme.value_or(connection.scheme);
  evidence.connection_port = connection.local_port;
  evidence.protocol = connection.protocol;
  evidence.handshake_policy = connection.policy;
  return evidence;
}

tl::unexpected<Verdict> bad_request(Reason reason, const Evidence& evidence) {
  return tl::unexpected(Verdict{Answer::bad_request, reason, evidence});
}

/// The text that names the target URI's authority; Host when it is the only one.
Candidate first_candidate(const RequestNames& request) {
  if (request.pseudo_authority) return {AuthorityField::pseudo_authority, *request.pseudo_authority};
  if (request.target_authority) return {AuthorityField::target, *request.target_authority};
  if (request.host_fields != 0) return {AuthorityField::host, request.host};
  return {};
}

/// The one text that says it all, if there is just one.
Candidate only_candidate(Protocol protocol, const RequestNames& request) {
  if (request.target_authority || request.host_fields > 1) return {};
  if (protocol == Protocol::h1 && request.pseudo_authority) return {};
  if (request.pseudo_authority && request.host_fields != 0) return {};
  return first_candidate(request);
}

}  // namespace

RequestNames RequestNames::of(const RequestFacts& request) {
  RequestNames names;
  names.scheme = request.scheme;
  names.host_fields = request.host_fields.size();
  if (!request.host_fields.empty()) names.host = request.host_fields.front().bytes();
  if (request.pseudo_authority) names.pseudo_authority = request.pseudo_authority->bytes();
  if (request.target_authority) names.target_authority = request.target_authority->bytes();
  return names;
}

Result<Asked, Verdict> read_asked(const ConnectionFacts& connection, const RequestNames& request) {
  Candidate first = first_candidate(request);
  Evidence evidence = gather(connection, request, first);
  if (request.host_fields > 1) return bad_request(Reason::authority_duplicated, evidence);
  bool host_required = connection.protocol == Protocol::h1;
  if (first.text.empty() || (host_required && request.host_fields == 0))
    return bad_request(Reason::authority_missing, evidence);

  Scheme scheme = evidence.asked_scheme;
  auto authority = Authority::parse(first.text);
  if (!authority) {
    evidence.malformed = authority.error();
    return bad_request(Reason::authority_malformed, evidence);
  }
  Asked asked{Origin::of(scheme, *authority), first.field, first.text};
  evidence.asked_port = asked.origin.port;
  bool compares_host =
      first.field != AuthorityField::host && request.host_fields != 0 && request.host != first.text;
  if (!compares_host) return asked;

  evidence.other_authority = request.host;
  evidence.other_field = AuthorityField::host;
  auto host = Authority::parse(request.host);
  if (!host) {
    evidence.malformed = host.error();
    return bad_request(Reason::authority_malformed, evidence);
  }
  if (Origin::of(scheme, *host) != asked.origin) {
    return bad_request(first.field == AuthorityField::target ? Reason::authority_target_conflict
                                                             : Reason::authority_host_conflict,
                       evidence);
  }
  return asked;
}

Result<Asked, Verdict> read_asked(const ConnectionFacts& connection, const RequestFacts& request) {
  return read_asked(connection, RequestNames::of(request));
}

const Result<Asked, Verdict>& AskedReader::read(const ConnectionFacts& connection,
                                                const RequestNames& request) {
  Candidate only = only_candidate(connection.protocol, request);
  Scheme scheme = request.scheme.value_or(connection.scheme);
  if (last_ && only.field == field_ && only.field != AuthorityField::none && scheme == scheme_ &&
      only.text == text_)
    return last_;

  field_ = AuthorityField::none;
  last_ = read_asked(connection, request);
  if (!last_) return last_;
  text_ = last_->text;
  last_->text = text_;
  field_ = only.field;
  scheme_ = scheme;
  return last_;
}

}  // namespace astray
