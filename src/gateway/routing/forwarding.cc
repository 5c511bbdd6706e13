#include "gateway/routing/forwarding.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "gateway/routing/field_role.h"
#include "http1/characters.h"

namespace astray::gateway {
namespace {

/// Whether each quoted string (RFC 9110 §5.6.4) is closed.
bool closes_its_quotes(std::string_view value) {
  bool inside = false;
  for (size_t at = 0; at < value.size(); ++at) {
    if (value[at] == '"')
      inside = !inside;
    else if (inside && value[at] == '\\' && ++at == value.size())
      return false;
  }
  return !inside;
}

bool is_believed(const http2::Field& claim, PeerTrust trust) {
  if (trust == PeerTrust::stranger) return false;
  // A gateway writes "X-Forwarded-For"; "X_Forwarded_For" is what it let through.
  if (claim.name.find('_') != std::string::npos) return false;
  return claim.name != "forwarded" || closes_its_quotes(claim.value);
}

/// Begins a last line of this name, for more to be written behind what the lines of this name said.
void continue_list(Fields& fields, std::string_view name) {
  std::string joined;
  fields.remove_if([&](const http2::Field& field) {
    if (field.name != name) return false;
    if (!joined.empty()) joined += ", ";
    joined += field.value;
    return true;
  });
  if (!joined.empty()) joined += ", ";
  fields.emplace_back(name, joined);
}

void add_if_absent(Fields& fields, std::string_view name, std::string_view value) {
  if (!http2::first_value(fields, name)) fields.emplace_back(name, value);
}

/// The claims of other gateways: what is known of most requests is that there are none.
enum class Claims : uint8_t { none, some };

Claims remove_disbelieved(Fields& fields, PeerTrust trust) {
  Claims claims = Claims::none;
  fields.remove_if([&](const http2::Field& field) {
    if (role_of(field.name) != FieldRole::claim) return false;
    if (!is_believed(field, trust)) return true;
    claims = Claims::some;
    return false;
  });
  return claims;
}

}  // namespace

ClientFacts::ClientFacts(const Endpoint& client, PeerTrust trust)
    : address_(client.address),
      trust_(trust),
      address_text_(client.address.text()),
      node_('"' + client.text() + '"') {}

AskedFacts::AskedFacts(Origin asked)
    : origin_(std::move(asked)),
      authority_(origin_.host.text()),
      port_(std::to_string(origin_.port.number())),
      forwarded_(";host=") {
  if (origin_.port != Port::of(origin_.scheme)) authority_.append(":").append(port_);
  // RFC 7239 §4. Authorities have no quote and no backslash.
  if (http1::is_token(authority_))
    forwarded_ += authority_;
  else
    forwarded_.append("\"").append(authority_).append("\"");
  forwarded_.append(";proto=").append(to_string(origin_.scheme));
}

void tell_about_client(Fields& fields, const ClientFacts& client, const AskedFacts& asked) {
  const Claims claims = remove_disbelieved(fields, client.trust());
  if (claims == Claims::none) {
    fields.emplace_back("x-forwarded-for", client.address_text());
    fields.emplace_back("x-forwarded-proto", to_string(asked.origin().scheme));
    fields.emplace_back("x-forwarded-host", asked.authority());
    fields.emplace_back("x-forwarded-port", asked.port());
    fields.emplace_back("forwarded", "for=");
  } else {
    continue_list(fields, "x-forwarded-for");
    fields.extend_last(client.address_text());
    add_if_absent(fields, "x-forwarded-proto", to_string(asked.origin().scheme));
    add_if_absent(fields, "x-forwarded-host", asked.authority());
    add_if_absent(fields, "x-forwarded-port", asked.port());
    continue_list(fields, "forwarded");
    fields.extend_last("for=");
  }
  fields.extend_last(client.node());
  fields.extend_last(asked.forwarded());
}

void add_via(Fields& fields, ReceivedOver protocol) {
  constexpr std::string_view http1_0 = "1.0 astray", http1_1 = "1.1 astray", http2 = "2 astray";
  fields.emplace_back("via", protocol == ReceivedOver::http1_0   ? http1_0
                             : protocol == ReceivedOver::http1_1 ? http1_1
                                                                 : http2);
}

}  // namespace astray::gateway
