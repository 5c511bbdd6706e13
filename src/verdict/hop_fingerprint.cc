#include "verdict/hop_fingerprint.h"

#include <algorithm>

#include "base/ascii.h"
#include "verdict/misdirected_status.h"

namespace astray {
namespace {


constexpr HopSign signs[] = {
    // Bodies that only one program writes.
    {.hop = HopSoftware::httpd, .in_body = "The client needs a new connection for this"},
    {.hop = HopSoftware::badssl, .in_body = "badssl.com fallback certificate"},
    {.hop = HopSoftware::azure_front_door, .in_body = "Our services aren't available right now"},
    {.hop = HopSoftware::haproxy,
     .in_body = "<html><body><h1>421 Misdirected Request</h1>",
     .also_in_body = "Request sent to a non-authoritative server."},
    {.hop = HopSoftware::contour, .in_body = "misdirected request to \""},
    {.hop = HopSoftware::nginx,
     .in_body = "<center><h1>421 Misdirected Request</h1></center>",
     .also_in_body = "<hr><center>nginx"},
    {.hop = HopSoftware::nginx,
     .in_body = "<center><h1>421 Misdirected Request</h1></center>",
     .also_in_body = "<hr><center>openresty"},
    {.hop = HopSoftware::varnish, .in_body = "Error 421", .also_in_body = "Varnish cache server"},
    {.hop = HopSoftware::varnish, .in_body = "Guru Meditation"},
    {.hop = HopSoftware::httpd, .in_body = "421 Misdirected Request", .also_in_body = "<address>Apache"},
    // Bodies that say little, with fields that say more.
    {.hop = HopSoftware::astray, .server = "astray"},
    {.hop = HopSoftware::caddy, .server = "Caddy", .body = HopSign::Body::empty},
    {.hop = HopSoftware::h2o, .server = "h2o/"},
    {.hop = HopSoftware::varnish, .server = "Varnish"},
    {.hop = HopSoftware::nginx,
     .in_body = "<center><h1>421 Misdirected Request</h1></center>",
     .server = "nginx"},
    {.hop = HopSoftware::traefik,
     .in_body = "Misdirected Request",
     .content_type = "text/plain",
     .nosniff = true},
};

char lower(char c) {
  return ascii_lower(c);
}

bool contains(std::string_view text, std::string_view part) {
  if (part.empty()) return true;
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

bool fits(const HopSign& sign, const AnswerSigns& seen) {
  const std::string_view body = seen.body;
  if (sign.body == HopSign::Body::empty && seen.body_bytes != 0) return false;
  if (sign.nosniff && !seen.nosniff) return false;
  return contains(body, sign.in_body) && contains(body, sign.also_in_body) && contains(seen.via, sign.via) &&
         ascii_istarts_with(seen.server, sign.server) &&
         ascii_istarts_with(seen.content_type, sign.content_type);
}

}  // namespace

std::span<const HopSign> hop_signs() {
  return signs;
}

HopSoftware hop_of(const AnswerSigns& seen) {
  if (seen.status != misdirected_status) return HopSoftware::none;
  const auto found =
      std::find_if(std::begin(signs), std::end(signs), [&](const HopSign& sign) { return fits(sign, seen); });
  return found == std::end(signs) ? HopSoftware::unknown : found->hop;
}

std::string_view to_string(HopSoftware hop) {
  switch (hop) {
    case HopSoftware::none:
      return "none";
    case HopSoftware::nginx:
      return "nginx";
    case HopSoftware::httpd:
      return "httpd";
    case HopSoftware::haproxy:
      return "haproxy";
    case HopSoftware::caddy:
      return "caddy";
    case HopSoftware::traefik:
      return "traefik";
    case HopSoftware::contour:
      return "contour";
    case HopSoftware::varnish:
      return "varnish";
    case HopSoftware::h2o:
      return "h2o";
    case HopSoftware::astray:
      return "astray";
    case HopSoftware::badssl:
      return "badssl";
    case HopSoftware::azure_front_door:
      return "azure-front-door";
    case HopSoftware::unknown:
      return "unknown";
  }
  return {};
}

std::string_view name_of(HopSoftware hop) {
  switch (hop) {
    case HopSoftware::none:
      return "nobody";
    case HopSoftware::nginx:
      return "nginx";
    case HopSoftware::httpd:
      return "Apache httpd";
    case HopSoftware::haproxy:
      return "HAProxy";
    case HopSoftware::caddy:
      return "Caddy";
    case HopSoftware::traefik:
      return "Traefik";
    case HopSoftware::contour:
      return "Contour";
    case HopSoftware::varnish:
      return "Varnish";
    case HopSoftware::h2o:
      return "h2o";
    case HopSoftware::astray:
      return "astray";
    case HopSoftware::badssl:
      return "badssl.com's fallback host";
    case HopSoftware::azure_front_door:
      return "Azure Front Door";
    case HopSoftware::unknown:
      return "a server that leaves no signature";
  }
  return {};
}

}  // namespace astray
