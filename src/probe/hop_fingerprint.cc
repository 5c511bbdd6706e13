#include "probe/hop_fingerprint.h"

#include <algorithm>

#include "base/ascii.h"

namespace astray {
namespace {

constexpr int misdirected_status = 421;

constexpr HopSign signs[] = {
    // Bodies that only one program writes.
    {.hop = Hop::httpd, .in_body = "The client needs a new connection for this"},
    {.hop = Hop::badssl, .in_body = "badssl.com fallback certificate"},
    {.hop = Hop::azure_front_door, .in_body = "Our services aren't available right now"},
    {.hop = Hop::haproxy,
     .in_body = "<html><body><h1>421 Misdirected Request</h1>",
     .also_in_body = "Request sent to a non-authoritative server."},
    {.hop = Hop::contour, .in_body = "misdirected request to \""},
    {.hop = Hop::nginx,
     .in_body = "<center><h1>421 Misdirected Request</h1></center>",
     .also_in_body = "<hr><center>nginx"},
    {.hop = Hop::nginx,
     .in_body = "<center><h1>421 Misdirected Request</h1></center>",
     .also_in_body = "<hr><center>openresty"},
    {.hop = Hop::varnish, .in_body = "Error 421", .also_in_body = "Varnish cache server"},
    {.hop = Hop::varnish, .in_body = "Guru Meditation"},
    {.hop = Hop::httpd, .in_body = "421 Misdirected Request", .also_in_body = "<address>Apache"},
    // Bodies that say little, with fields that say more.
    {.hop = Hop::astray, .server = "astray"},
    {.hop = Hop::caddy, .server = "Caddy", .body = HopSign::Body::empty},
    {.hop = Hop::h2o, .server = "h2o/"},
    {.hop = Hop::varnish, .server = "Varnish"},
    {.hop = Hop::nginx, .in_body = "<center><h1>421 Misdirected Request</h1></center>", .server = "nginx"},
    {.hop = Hop::traefik, .in_body = "Misdirected Request", .content_type = "text/plain", .nosniff = true},
};

char lower(char c) {
  return ascii_lower(c);
}

bool contains(std::string_view text, std::string_view part) {
  if (part.empty()) return true;
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

bool fits(const HopSign& sign, const Observation& seen) {
  const std::string_view body = seen.body.excerpt;
  if (sign.body == HopSign::Body::empty && seen.body.bytes != 0) return false;
  if (sign.nosniff && !seen.nosniff) return false;
  return contains(body, sign.in_body) && contains(body, sign.also_in_body) && contains(seen.via, sign.via) &&
         ascii_istarts_with(seen.server, sign.server) &&
         ascii_istarts_with(seen.content_type, sign.content_type);
}

}  // namespace

std::span<const HopSign> hop_signs() {
  return signs;
}

Hop hop_of(const Observation& seen) {
  if (seen.status != misdirected_status) return Hop::none;
  const auto found =
      std::find_if(std::begin(signs), std::end(signs), [&](const HopSign& sign) { return fits(sign, seen); });
  return found == std::end(signs) ? Hop::unknown : found->hop;
}

std::string_view name_of(Hop hop) {
  switch (hop) {
    case Hop::none:
      return "nobody";
    case Hop::nginx:
      return "nginx";
    case Hop::httpd:
      return "Apache httpd";
    case Hop::haproxy:
      return "HAProxy";
    case Hop::caddy:
      return "Caddy";
    case Hop::traefik:
      return "Traefik";
    case Hop::contour:
      return "Contour";
    case Hop::varnish:
      return "Varnish";
    case Hop::h2o:
      return "h2o";
    case Hop::astray:
      return "astray";
    case Hop::badssl:
      return "badssl.com's fallback host";
    case Hop::azure_front_door:
      return "Azure Front Door";
    case Hop::unknown:
      return "a server that leaves no signature";
  }
  return {};
}

}  // namespace astray
