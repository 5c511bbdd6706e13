#include "explain/story/advice.h"

#include <fmt/format.h>

#include "names/host.h"

namespace astray::explain {
namespace {

/// A name that is one: it can be pasted into a shell without harm.
std::optional<std::string> pastable(const SeenName& name) {
  if (!name.known()) return std::nullopt;
  const auto host = Host::parse(name.text);
  if (!host) return std::nullopt;
  return name.text;
}

/// What is known of connections whose requests are not: the handshake is in clear (in TLS 1.3 without the
/// certificate, RFC 8446 §2), and so are addresses.
std::string words_of_sealed(const SourceNote& note) {
  std::string text = fmt::format("what was asked on {} of its connections, whose keys are missing; known are ", note.sealed_count);
  uint64_t told = 0;
  for (const SealedConnection& kind : note.sealed) {
    if (told > 0) text += ", ";
    text += fmt::format("{} × {}", kind.count, kind.sni.known() ? "SNI " + kind.sni.text : "no SNI");
    if (!kind.back.empty()) text += " to " + kind.back;
    if (!kind.certificate.empty()) text += fmt::format(" (certificate {})", kind.certificate);
    told += kind.count;
  }
  if (told < note.sealed_count) text += fmt::format(", and {} more", note.sealed_count - told);
  return text;
}

constexpr std::string_view how_to_record_keys =
    "SSLKEYLOGFILE=keys.txt set for the browser or curl while packets are captured; then astray explain --keylog keys.txt FILE";

}  // namespace

std::string proof_of(const Incident& incident) {
  const std::optional<std::string> authority = pastable(incident.evidence.authority);
  if (!authority) return {};
  const std::optional<std::string> sni = pastable(incident.evidence.sni);
  switch (incident.judgement.cause) {
    case Cause::other_protocol:
    case Cause::host_missing:
      return {};
    case Cause::sni_missing:
      return fmt::format("astray probe --sni none,names --host names --connection fresh {}", *authority);
    case Cause::application_allow_list:
    case Cause::stale_connection:
    case Cause::name_not_served:
    case Cause::tenant_mapping:
      return fmt::format("astray probe --connection fresh {}", *authority);
    default:
      break;
  }
  if (sni && *sni != *authority) return fmt::format("astray probe {} {}", *sni, *authority);
  return fmt::format("astray probe {}", *authority);
}

std::vector<Blindness> blindnesses(const Story& story) {
  std::vector<Blindness> list;
  for (const SourceNote& note : story.sources) {
    if (note.sealed_count > 0) list.push_back({note.name, words_of_sealed(note), std::string(how_to_record_keys)});
    if (note.requests == 0 || note.is_error_log || note.is_response) continue;
    std::string cannot;
    const auto add = [&](std::string_view text) {
      if (!cannot.empty()) cannot += "; ";
      cannot += text;
    };
    if (!note.has_sni) add("which SNI a connection had");
    if (!note.has_authority) add("which Host a request had");
    if (!note.has_connection) add("which requests shared a connection, and whether it was fresh");
    if (!note.has_client && !note.is_capture) add("who asked, and so whether a request was retried");
    std::string remedy;
    if (!cannot.empty() && note.server == LogServer::unknown && !note.is_capture) {
      remedy = fmt::format("{}\n{}", telling_log_format(LogServer::nginx), telling_log_format(LogServer::httpd));
    } else if (!cannot.empty()) {
      remedy = telling_log_format(note.server);
    }
    if (note.has_connection && !note.has_request_numbers && note.is_excerpt())
      add("whether a connection was fresh, since it has nothing but refusals in it, as an excerpt has: the whole log tells");
    if (cannot.empty()) continue;
    if (note.server == LogServer::traefik && !note.has_sni)
      cannot += " (Traefik's access log has no field for the SNI; its log at level DEBUG names it with each 421)";
    if (note.server == LogServer::cloudflare && !note.has_sni)
      cannot += " (Cloudflare's HTTP log has no field for the SNI)";
    list.push_back({note.name, std::move(cannot), std::move(remedy)});
  }
  return list;
}

}  // namespace astray::explain
