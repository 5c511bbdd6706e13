#include "explain/story/evidence.h"

#include <fmt/format.h>

#include "explain/logs/error_sentence.h"

namespace astray::explain {
namespace {

bool names_differ(const Evidence& e) {
  return e.sni.known() && e.authority.known() && e.sni.text != e.authority.text;
}
bool names_agree(const Evidence& e) {
  return e.sni.known() && e.authority.known() && e.sni.text == e.authority.text;
}
bool is_http1(const Evidence& e) {
  return e.protocol == Protocol::h1;
}

/// The refusal came from a server behind the one that logs.
bool is_behind(const Evidence& e) {
  return e.told_by != LogServer::unknown && e.server != LogServer::unknown && e.told_by != e.server;
}

std::string sender_of(const Evidence& e) {
  if (e.kind == Witnessed::other_protocol) return "an FTP or SMTP server";
  if (e.written_by != HopSoftware::none && e.written_by != HopSoftware::unknown)
    return std::string(name_of(e.written_by));
  if (is_behind(e)) return fmt::format("{}, behind {}", name_of(e.told_by), name_of(e.server));
  if (e.told_by != LogServer::unknown) return std::string(name_of(e.told_by));
  if (e.back_said_so && e.server != LogServer::unknown) return fmt::format("the server behind {}", name_of(e.server));
  if (e.back_said_so) return "the server behind the one that logs";
  if (e.server != LogServer::unknown) return std::string(name_of(e.server));
  if (!e.server_field.empty()) return fmt::format("a server that calls itself {}", e.server_field);
  return "a server that left no signature";
}

struct Conclusion {
  Cause cause;
  Confidence confidence;
  std::string because;
  std::optional<Reason> attribute{};
};

/// Two names on one connection: who puts them there the client knows, or else it follows from the protocol. HTTP/1.1 carries one
/// authority for any client that keeps to RFC 9110 §4.3.3, so there it is a proxy.
Conclusion conclude_two_names(const Evidence& e) {
  const std::string& opened_for = e.sni.known() ? e.sni.text : e.first_authority;
  if (e.rung == Reason::never_coalesces)
    return {Cause::host_rewritten, Confidence::certain,
            fmt::format("the client opens a connection for each name, so the Host {} was set by hand on the connection to {}",
                        e.authority.text, opened_for)};
  if (e.rung == Reason::coalesced || e.rung == Reason::pooled_alias)
    return {Cause::coalesced, Confidence::certain,
            fmt::format("the client's own record: the connection was opened for {} and {} {} ({})", opened_for,
                        *e.rung == Reason::pooled_alias ? "long since mapped to" : "taken, by address and certificate, for",
                        e.authority.text, to_string(*e.rung))};
  if (e.freshness == Freshness::fresh)
    return {Cause::host_rewritten, Confidence::likely,
            "the names differ in the first request of the connection; a client that coalesces begins with the "
            "SNI's own name"};
  if (e.freshness == Freshness::reused && is_http1(e))
    return {Cause::back_pool_shared, Confidence::likely,
            "an HTTP/1.1 connection was reused for another name, which proxies do and clients do not (RFC 9110 "
            "§4.3.3)"};
  const bool from_a_proxy = is_http1(e) || is_behind(e);
  if (from_a_proxy && e.sni_is_a_site)
    return {Cause::back_pool_shared, Confidence::likely,
            fmt::format("{} carried the name of another site in its handshake",
                        is_behind(e) ? fmt::format("the connection from {}", name_of(e.server)) : "an HTTP/1.1 connection")};
  if (from_a_proxy)
    return {Cause::host_rewritten, Confidence::possible,
            "clients send one name over HTTP/1.1, so a proxy or tool sets one of the two"};
  if (e.freshness == Freshness::reused && e.protocol)
    return {Cause::coalesced, Confidence::likely,
            fmt::format("the connection was opened for {} and reused for {} over {}",
                        opened_for, e.authority.text, to_string(*e.protocol))};
  return {Cause::coalesced, Confidence::possible,
          "SNI and Host differ; whether the connection was reused, or over which protocol, is not logged"};
}

Conclusion conclude_sentence(const Evidence& e) {
  const std::string because = fmt::format("{}: {}", name_of(e.sentence), meaning_of(e.sentence));
  switch (e.sentence) {
    case ErrorSentence::nginx_other_name:
      return {Cause::policy_differs, Confidence::certain, because, Reason::client_authentication_differs};
    case ErrorSentence::nginx_protocol_disabled:
      return {Cause::protocol_off, Confidence::certain, because, Reason::protocol_off};
    case ErrorSentence::httpd_no_host:
      return {Cause::host_missing, Confidence::certain, because, Reason::authority_missing};
    case ErrorSentence::httpd_incompatible_no_sni:
    case ErrorSentence::httpd_sni_required:
      return {Cause::sni_missing, Confidence::certain, because, Reason::sni_missing};
    case ErrorSentence::httpd_incompatible:
    case ErrorSentence::httpd_h2_refused: {
      const bool says_what_differs = e.sentence == ErrorSentence::httpd_incompatible;
      const std::optional<Reason> attribute =
          says_what_differs ? std::optional<Reason>(Reason::tls_policy_differs) : std::nullopt;
      // Who brought the two names together decides what is to be done.
      if (names_differ(e) && (is_http1(e) || is_behind(e))) {
        Conclusion names = conclude_two_names(e);
        names.because = because + "; " + names.because;
        names.attribute = attribute;
        return names;
      }
      const Confidence confidence = says_what_differs ? Confidence::certain
                                    : names_differ(e) ? Confidence::likely
                                                      : Confidence::possible;
      return {Cause::policy_differs, confidence, because, attribute};
    }
    case ErrorSentence::caddy_strict_host: {
      if (e.protocol == Protocol::h3 && (!e.sni.known() || names_agree(e)))
        return {Cause::protocol_off, names_agree(e) ? Confidence::certain : Confidence::likely,
                because + "; over HTTP/3 Caddy 2.6 does not know the SNI, whatever the client sent, and refuses every name: leave "
                          "h3 out of its protocols, or take one that does",
                Reason::name_differs_from_sni};
      if (!e.sni.known()) return {Cause::sni_missing, Confidence::certain, because, Reason::name_differs_from_sni};
      Conclusion names = conclude_two_names(e);
      if (names.confidence == Confidence::possible) names = {Cause::policy_differs, Confidence::likely, ""};
      names.because = names.because.empty() ? because : because + "; " + names.because;
      names.attribute = Reason::name_differs_from_sni;
      return names;
    }
    case ErrorSentence::traefik_options_differ:
      if (names_agree(e) && e.freshness == Freshness::reused)
        return {Cause::stale_connection, Confidence::likely,
                because + "; SNI and Host agree, so the options were resolved anew after the handshake",
                Reason::tls_policy_differs};
      if (e.sni.absent()) return {Cause::sni_missing, Confidence::certain, because, Reason::tls_policy_differs};
      return {Cause::policy_differs, Confidence::certain, because, Reason::tls_policy_differs};
    case ErrorSentence::trafficserver_sni_host:
      if (e.sni.absent()) return {Cause::sni_missing, Confidence::certain, because, Reason::sni_missing};
      return {Cause::policy_differs, Confidence::certain, because, Reason::client_authentication_differs};
    case ErrorSentence::none:
      break;
  }
  return {Cause::could_not_tell, Confidence::none, because};
}

/// Which SNI the connection had is not in a response; who wrote it narrows down what was compared (servers.md §1).
Conclusion conclude_response(const Evidence& e) {
  switch (e.written_by) {
    case HopSoftware::nginx:
      return {Cause::policy_differs, Confidence::possible,
              "nginx itself says 421 where SNI and Host differ and the Host's server verifies client certificates, or "
              "where the HTTP version is off there; its error log at level info has which"};
    case HopSoftware::httpd:
      return {Cause::policy_differs, Confidence::possible,
              "httpd says 421 where the virtual hosts of SNI (or of none) and Host differ in their TLS settings; AH02032 "
              "in its error log has both names"};
    case HopSoftware::caddy:
      return {Cause::policy_differs, Confidence::possible,
              "Caddy says 421 where strict_sni_host is on and SNI and Host are not one name"};
    case HopSoftware::traefik:
      return {Cause::policy_differs, Confidence::possible,
              "Traefik says 421 where the routers of SNI and Host have different tls.options"};
    case HopSoftware::contour:
      return {Cause::coalesced, Confidence::possible, "Contour says 421 where SNI and Host are not one name"};
    case HopSoftware::haproxy:
      return {Cause::could_not_tell, Confidence::none,
              "HAProxy says 421 only where a rule of its configuration does: look for deny_status 421"};
    default:
      return {Cause::could_not_tell, Confidence::none,
              "a response says who refused, and not which SNI the connection had"};
  }
}

Conclusion conclude(const Evidence& e) {
  if (e.kind == Witnessed::other_protocol)
    return {Cause::other_protocol, Confidence::certain, "the line is a reply of FTP (RFC 959) or SMTP (RFC 5321)"};
  if (e.reason) {
    const std::string because = fmt::format("the server's own reason is {}", to_string(*e.reason));
    const std::optional<Cause> cause = cause_of(*e.reason);
    // What a fresh connection would have, this one has not any more.
    if (cause == Cause::policy_differs || cause == Cause::certificate_gap || cause == Cause::protocol_off) {
      if (names_agree(e) && e.answered_before)
        return {Cause::stale_connection, Confidence::likely,
                because + ", and the same connection answered the same name before", e.reason};
    }
    if (cause) return {*cause, Confidence::certain, because, e.reason};
    if (e.reason == Reason::name_differs_from_sni && names_differ(e)) {
      Conclusion names = conclude_two_names(e);
      names.attribute = e.reason;
      return names;
    }
  }
  if (e.sentence != ErrorSentence::none) return conclude_sentence(e);
  if (e.server == LogServer::cloudflare || e.written_by == HopSoftware::azure_front_door)
    return {Cause::tenant_mapping, Confidence::likely, "a CDN's edge refused the name"};
  if (e.back_said_so) {
    if (e.back_reused == true)
      return {Cause::back_pool_shared, Confidence::possible,
              "the back refused it on a kept connection, whose SNI this log does not have"};
    return {Cause::could_not_tell, Confidence::none,
            "the back refused it, and this log does not have the SNI that was sent to the back: its own error log has"};
  }
  if (e.sni.absent() && e.server == LogServer::nginx)
    return {Cause::could_not_tell, Confidence::none,
            "nginx compares nothing where no SNI came, so a return 421 of its configuration or a back said so"};
  if (e.sni.absent() && e.scheme != Scheme::http)
    return {Cause::sni_missing, Confidence::likely, "the log has a field for the SNI and shows that none came",
            Reason::sni_missing};
  if (names_differ(e)) {
    Conclusion names = conclude_two_names(e);
    if (e.status == 403 && e.kind == Witnessed::access) {
      names.confidence = Confidence::possible;
      names.because += "; a 403 is the origin's own, unless Traffic Server's host_sni_policy is 2: its diags.log says so";
    }
    return names;
  }
  if (names_agree(e)) {
    if (e.freshness == Freshness::reused && e.answered_before)
      return {Cause::stale_connection, Confidence::likely, "the same connection answered the same name before"};
    if (e.freshness == Freshness::fresh)
      return {Cause::application_allow_list, Confidence::likely,
              "SNI and Host agree in the first request of the connection"};
    return {Cause::application_allow_list, Confidence::possible,
            "SNI and Host agree; whether the connection is an old one is not logged"};
  }
  if (!e.first_authority.empty() && e.authority.known() && e.first_authority != e.authority.text) {
    Conclusion names = conclude_two_names(e);
    if (names.confidence == Confidence::likely) names.confidence = Confidence::possible;
    names.because = fmt::format("the connection carried {} before; the SNI is not logged", e.first_authority);
    return names;
  }
  if (e.kind == Witnessed::response) return conclude_response(e);
  return {Cause::could_not_tell, Confidence::none,
          e.authority.known() ? "the SNI is not logged" : "neither SNI nor Host is logged"};
}

}  // namespace

std::string_view to_string(Freshness freshness) {
  switch (freshness) {
    case Freshness::unknown:
      return "unknown";
    case Freshness::fresh:
      return "fresh";
    case Freshness::reused:
      return "reused";
  }
  return {};
}

Judgement judge(const Evidence& evidence) {
  Conclusion conclusion = conclude(evidence);
  return {conclusion.cause, conclusion.confidence, sender_of(evidence), std::move(conclusion.because),
          conclusion.attribute};
}

bool is_refusal(const Sighting& s) {
  if (s.status == 421 || s.sentence != ErrorSentence::none || s.kind == Witnessed::other_protocol) return true;
  switch (s.status) {
    case 404:
      return s.server == LogServer::envoy && s.details.known() && s.details.text.find("NR") != std::string_view::npos;
    case 400:
      return s.kind == Witnessed::response && s.reason.known();
    case 403:
      // One that came from the origin is the site's own.
      return (s.server == LogServer::trafficserver && s.back_status == 0) || (s.kind == Witnessed::response && s.server != LogServer::unknown);
    default:
      return false;
  }
}

}  // namespace astray::explain
