#include "explain/story/cause.h"

#include <array>

#include "embedded/cause_pages.h"

namespace astray::explain {
namespace {

constexpr std::array<CauseInfo, cause_count> causes = {{
    {Cause::coalesced, "coalesced-onto-another-virtual-host",
     "the client put the request on a connection that it had opened for another name",
     "Let one listener or virtual host answer both names, or give them certificates without a common name, or addresses "
     "of their own; a 421 alone costs a retry and not every client makes it."},
    {Cause::policy_differs, "policy-differs",
     "the virtual hosts of SNI and Host have different TLS settings or client authentication",
     "Give both virtual hosts the same settings, or keep the protected name off the other's certificate and address, so "
     "that no client has a reason to share a connection."},
    {Cause::certificate_gap, "certificate-gap", "the certificate of the connection does not cover the requested name",
     "Add the name to the certificate that is shown for this SNI, or let DNS send the name elsewhere; a proxy must send "
     "the SNI of the name that it asks for."},
    {Cause::sni_missing, "sni-missing", "whoever opened the connection sent no SNI",
     "Make the proxy send it: nginx proxy_ssl_server_name on and proxy_ssl_name $host; HAProxy sni req.hdr(host); Caddy "
     "tls_server_name {http.request.host}."},
    {Cause::host_rewritten, "host-rewritten",
     "SNI and Host differ from the first request of the connection on, so a proxy or tool sets one of the two",
     "Let the proxy send one name in both places: either keep the client's Host and use it as SNI, or set both to the "
     "back's own name."},
    {Cause::back_pool_shared, "back-pool-shared",
     "a proxy sends requests for several names over one kept connection, whose SNI is that of the first",
     "Keep connections to the back apart by name: one upstream or location for each name, or no keep-alive to that back, "
     "or a pool that is keyed by SNI."},
    {Cause::tenant_mapping, "tenant-mapping",
     "a CDN or hosting platform does not map the name to the tenant that the connection belongs to",
     "Register the name with the platform, for the very certificate and profile that DNS leads to, and let the origin's "
     "Host be a name that it knows."},
    {Cause::protocol_off, "protocol-off", "the HTTP version of the connection is switched off for the requested name",
     "Switch the version on, or off, for every virtual host of the address alike."},
    {Cause::stale_connection, "stale-connection",
     "the connection answered this very name before, so configuration or DNS changed while it was open",
     "Let the server close old connections when it reloads; restart or flush the pool of the client that holds on to "
     "them."},
    {Cause::application_allow_list, "application-allow-list",
     "SNI and Host agree on a fresh connection, so the server or the application behind it does not accept the name "
     "itself",
     "Add the name to the application's list of allowed hosts, or to a virtual host; a new connection changes nothing."},
    {Cause::name_not_served, "name-not-served", "nobody at this address owns the requested name",
     "Remove the DNS record that leads here, or configure the name."},
    {Cause::port_or_scheme, "port-or-scheme", "the request's port or scheme is not that of the connection",
     "Let the proxy pass on port and scheme as the client used them."},
    {Cause::host_missing, "host-missing", "the handshake had an SNI and the request has no Host",
     "Send Host; a health check needs one too."},
    {Cause::retry_storm, "retry-storm", "a client sends the request again and again, and gets 421 each time",
     "Repair the cause of the 421 itself; a client must retry once, on a connection of its own (RFC 9110 §15.5.20)."},
    {Cause::other_protocol, "other-protocol", "this is the 421 of FTP or SMTP, which means that no service is given now",
     "Look for connection limits and back-off of the mail or file server; nothing was misdirected."},
    {Cause::could_not_tell, "could-not-tell", "what was recorded does not say which of the causes it is",
     "Log SNI, Host and the connection's number side by side; for an access log the format for that is printed."},
}};

}  // namespace

std::span<const CauseInfo> all_causes() {
  return causes;
}

const CauseInfo& info(Cause cause) {
  return causes[static_cast<size_t>(cause)];
}

std::optional<Cause> find_cause(std::string_view id) {
  for (const CauseInfo& row : causes) {
    if (row.id == id) return row.cause;
  }
  return std::nullopt;
}

std::string_view page(Cause cause) {
  return embedded::cause_page(info(cause).id);
}

std::optional<Cause> cause_of(Reason reason) {
  switch (reason) {
    case Reason::certificate_gap:
      return Cause::certificate_gap;
    case Reason::port_differs:
    case Reason::scheme_mismatch:
      return Cause::port_or_scheme;
    case Reason::client_authentication_differs:
    case Reason::tls_policy_differs:
      return Cause::policy_differs;
    case Reason::more_specific_listener:
      return Cause::coalesced;
    case Reason::protocol_off:
      return Cause::protocol_off;
    case Reason::sni_missing:
    case Reason::sni_required:
      return Cause::sni_missing;
    case Reason::unowned:
      return Cause::name_not_served;
    case Reason::authority_missing:
      return Cause::host_missing;
    default:
      return std::nullopt;
  }
}

std::string_view to_string(Confidence confidence) {
  switch (confidence) {
    case Confidence::certain:
      return "certain";
    case Confidence::likely:
      return "likely";
    case Confidence::possible:
      return "possible";
    case Confidence::none:
      return "none";
  }
  return {};
}

}  // namespace astray::explain
