#include "client/prepare.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "client/basic_credentials.h"
#include "client/content_decoder.h"
#include "client/failure.h"
#include "http1/characters.h"
#include "names/raw_host.h"

namespace astray::client {
namespace {

Failure<FetchFailure> refused(FailureKind kind, std::string sentence) {
  return Failure<FetchFailure>(
      FetchFailure{kind, Phase::prepare, std::move(sentence), Processing::impossible});
}

/// RFC 9110 §5.5: bytes that would end the line, or the field's value on the way.
bool is_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

std::string printable(std::string_view text) {
  return RawHost(std::string(text)).printable();
}

/// RFC 9110 §7.2: the port only where the URL says one; as browsers and curl, not the scheme's own.
std::string authority_of(const Url& url) {
  const Port port = url.authority.port_or_default(url.scheme);
  if (port == Port::of(url.scheme)) return url.authority.host.text();
  return fmt::format("{}:{}", url.authority.host.text(), port.number());
}

Result<void, FetchFailure> check_host_field(std::string_view value, const Url& url) {
  const auto named = Authority::parse(value);
  if (named && named->host == url.authority.host &&
      named->port_or_default(url.scheme) == url.authority.port_or_default(url.scheme))
    return {};
  return refused(
      FailureKind::identity_split,
      fmt::format("the field Host: {} is not the URL's {}: a request that says one name in TLS and another "
                  "in HTTP goes astray; ask for the URL of the name in Host, and say where to connect to "
                  "(resolve, connect-to) or whose certificate is expected there (ConnectIdentity)",
                  printable(value), authority_of(url)));
}

Result<void, FetchFailure> check_field(const Field& field, const Request& request) {
  if (!http1::is_token(field.name))
    return refused(FailureKind::invalid_request,
                   fmt::format("\"{}\" is no name of a field", printable(field.name)));
  if (!is_value(field.value)) {
    return refused(FailureKind::invalid_request,
                   fmt::format("the value of the field {} has a line end or NUL in it", field.name));
  }
  if (ascii_iequals(field.name, "Host")) return check_host_field(field.value, request.url);
  if (ascii_iequals(field.name, "Upgrade"))
    return refused(FailureKind::invalid_request, "this client does not switch protocols (the field Upgrade)");
  return {};
}

}  // namespace

std::optional<ConnectIdentity> distinct_identity(const Request& request) {
  if (!request.identity) return std::nullopt;
  const Host& host = request.url.authority.host;
  ConnectIdentity plain{std::nullopt, host};
  if (const auto name = ServerName::for_host(host)) plain.server_name = *name;
  return *request.identity == plain ? std::nullopt : request.identity;
}

Result<OutgoingHead, FetchFailure> prepare(const Request& request, const Settings& settings) {
  if (!http1::is_token(request.method))
    return refused(FailureKind::invalid_request,
                   fmt::format("\"{}\" is no method", printable(request.method)));
  if (request.method == "CONNECT")
    return refused(FailureKind::invalid_request, "CONNECT is for proxies; set one and fetch the URL itself");
  OutgoingHead head;
  head.method = request.method;
  head.scheme = request.url.scheme;
  head.authority = authority_of(request.url);
  head.target = request.url.target;
  for (const Field& field : request.fields) {
    Result<void, FetchFailure> checked = check_field(field, request);
    if (!checked) return tl::unexpected(std::move(checked.error()));
    if (!ascii_iequals(field.name, "Host")) head.fields.add(field.name, field.value);
  }
  for (const Field& field : request.trailers) {
    Result<void, FetchFailure> checked = check_field(field, request);
    if (!checked) return tl::unexpected(std::move(checked.error()));
  }
  const auto add = [&](std::string_view name, std::string_view value) {
    if (head.fields.count(name) == 0) head.fields.add(name, value);
  };
  if (!settings.user_agent.empty()) add("User-Agent", settings.user_agent);
  add("Accept", "*/*");
  if (request.decoding == Decoding::decoded) add("Accept-Encoding", accept_encoding());
  if (request.url.userinfo) add("Authorization", basic_credentials(*request.url.userinfo));
  return head;
}

}  // namespace astray::client
