#include "probe/question.h"

namespace astray {

std::string_view to_string(Spelling spelling) {
  switch (spelling) {
    case Spelling::none:
      return "none";
    case Spelling::empty:
      return "empty";
    case Spelling::unknown:
      return "unknown";
    case Spelling::plain:
      return "plain";
    case Spelling::upper_case:
      return "upper-case";
    case Spelling::trailing_dot:
      return "trailing-dot";
    case Spelling::with_port:
      return "with-port";
    case Spelling::wrong_port:
      return "wrong-port";
    case Spelling::address:
      return "address";
    case Spelling::literal:
      return "literal";
  }
  return {};
}

std::string_view to_string(Placement placement) {
  switch (placement) {
    case Placement::usual:
      return "usual";
    case Placement::absolute_form:
      return "absolute-form";
    case Placement::absolute_conflict:
      return "absolute-conflict";
    case Placement::host_field_alone:
      return "host-field-alone";
    case Placement::authority_conflict:
      return "authority-conflict";
    case Placement::two_host_fields:
      return "two-host-fields";
  }
  return {};
}

std::string_view to_string(ConnectionUse use) {
  switch (use) {
    case ConnectionUse::fresh:
      return "fresh";
    case ConnectionUse::reused:
      return "reused";
  }
  return {};
}

ConnectionFacts facts_of(const ConnectionQuestion& connection) {
  ConnectionFacts facts;
  facts.scheme = connection.protocol == PortProtocol::http ? Scheme::http : Scheme::https;
  facts.local_address = connection.node.address;
  facts.local_port = connection.node.port;
  if (connection.sni) facts.sni = RawHost(*connection.sni);
  facts.alpn = connection.alpn;
  return facts;
}

RequestFacts facts_of(const ConnectionQuestion& connection, const RequestQuestion& request,
                      Protocol negotiated) {
  RequestFacts facts;
  const Scheme scheme = connection.protocol == PortProtocol::http ? Scheme::http : Scheme::https;
  std::optional<RawHost> host;
  if (request.host) host = RawHost(*request.host);

  if (negotiated != Protocol::h1) {
    facts.scheme = scheme;
    switch (request.placement) {
      case Placement::host_field_alone:
        if (host) facts.host_fields.push_back(*host);
        break;
      case Placement::authority_conflict:
        facts.pseudo_authority = RawHost(request.other);
        if (host) facts.host_fields.push_back(*host);
        break;
      default:
        facts.pseudo_authority = host;
    }
    return facts;
  }
  if (host) facts.host_fields.push_back(*host);
  switch (request.placement) {
    case Placement::absolute_form:
      facts.scheme = scheme;
      facts.target_authority = host;
      break;
    case Placement::absolute_conflict:
      facts.scheme = scheme;
      facts.target_authority = RawHost(request.other);
      break;
    case Placement::two_host_fields:
      facts.host_fields.push_back(RawHost(request.other));
      break;
    default:
      break;
  }
  return facts;
}

}  // namespace astray
