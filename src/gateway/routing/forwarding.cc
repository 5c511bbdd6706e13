#include "gateway/routing/forwarding.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "gateway/routing/field_role.h"
#include "http1/characters.h"

namespace astray::gateway {
namespace {

/// The value of a parameter of Forwarded (RFC 7239 §4). Authorities have no '"' and no '\'.
std::string quoted_if_needed(std::string text) {
  return http1::is_token(text) ? std::move(text) : '"' + std::move(text) + '"';
}

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

/// Takes all lines of this name out, and joins their values.
std::optional<std::string> take_joined(Fields& fields, std::string_view name) {
  std::optional<std::string> joined;
  std::erase_if(fields, [&](http2::Field& field) {
    if (field.name != name) return false;
    if (!joined)
      joined = std::move(field.value);
    else
      joined->append(", ").append(field.value);
    return true;
  });
  return joined;
}

void add_to_list(Fields& fields, std::string_view name, std::string element) {
  std::optional<std::string> before = take_joined(fields, name);
  if (!before || before->empty())
    before = std::move(element);
  else
    before->append(", ").append(element);
  fields.push_back({std::string(name), *std::move(before)});
}

void add_if_absent(Fields& fields, std::string_view name, std::string value) {
  if (http2::first_value(fields, name) == nullptr) fields.push_back({std::string(name), std::move(value)});
}

std::string asked_authority(const Origin& asked) {
  std::string text = asked.host.text();
  if (asked.port != Port::of(asked.scheme)) text.append(":").append(std::to_string(asked.port.number()));
  return text;
}

}  // namespace

ClientFacts::ClientFacts(const Endpoint& client, PeerTrust trust)
    : address_(client.address),
      trust_(trust),
      address_text_(client.address.text()),
      node_('"' + client.text() + '"') {}

void tell_about_client(Fields& fields, const ClientFacts& client, const Origin& asked) {
  std::erase_if(fields, [&](const http2::Field& field) {
    return role_of(field.name) == FieldRole::claim && !is_believed(field, client.trust());
  });
  const std::string_view scheme = to_string(asked.scheme);
  std::string host = asked_authority(asked);
  add_to_list(fields, "x-forwarded-for", client.address_text());
  add_if_absent(fields, "x-forwarded-proto", std::string(scheme));
  add_if_absent(fields, "x-forwarded-host", host);
  add_if_absent(fields, "x-forwarded-port", std::to_string(asked.port.number()));
  std::string element;
  element.append("for=").append(client.node());
  element.append(";host=").append(quoted_if_needed(std::move(host)));
  element.append(";proto=").append(scheme);
  add_to_list(fields, "forwarded", std::move(element));
}

void add_via(Fields& fields, ReceivedOver protocol) {
  constexpr std::string_view pseudonym = "astray";
  std::string value(protocol == ReceivedOver::http1_0   ? "1.0 "
                    : protocol == ReceivedOver::http1_1 ? "1.1 "
                                                        : "2 ");
  fields.push_back({"via", value.append(pseudonym)});
}

}  // namespace astray::gateway
