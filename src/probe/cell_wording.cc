#include "probe/cell_wording.h"

#include <fmt/format.h>

#include "names/raw_host.h"

namespace astray {
namespace {

std::string shown(std::string_view text) {
  return RawHost(std::string(text)).printable();
}

std::string conflict_text(const RequestQuestion& request) {
  const std::string host = shown(request.host.value_or(""));
  const std::string other = shown(request.other);
  switch (request.placement) {
    case Placement::absolute_conflict:
      return fmt::format("the target {} with Host {}", other, host);
    case Placement::authority_conflict:
      return fmt::format(":authority {} with Host {}", other, host);
    case Placement::two_host_fields:
      return fmt::format("two Host fields, {} and {}", host, other);
    default:
      return {};
  }
}

}  // namespace

std::string asked_text(const RequestQuestion& request) {
  if (std::string conflict = conflict_text(request); !conflict.empty()) return conflict;
  std::string text;
  switch (request.spelling) {
    case Spelling::none:
      return "a request without Host";
    case Spelling::empty:
      return "a request with an empty Host";
    case Spelling::unknown:
      return fmt::format("{}, which nobody configures,", shown(request.host.value_or("")));
    case Spelling::address:
      return fmt::format("its own address as Host ({})", shown(request.host.value_or("")));
    case Spelling::plain:
      text = request.name;
      break;
    default:
      text = request.name.empty()
                 ? shown(request.host.value_or(""))
                 : fmt::format("{} (sent as {})", request.name, shown(request.host.value_or("")));
  }
  if (request.placement == Placement::absolute_form) text += " (in absolute form)";
  if (request.placement == Placement::host_field_alone) text += " (Host without :authority)";
  return text;
}

std::string connection_text(const ConnectionQuestion& connection, const Observation& seen) {
  std::string text;
  if (connection.protocol != PortProtocol::https) {
    text = connection.sni ? fmt::format("with SNI {}", shown(*connection.sni)) : "in clear";
  } else if (connection.use == ConnectionUse::reused) {
    text = fmt::format("on the connection opened for {}", shown(connection.sni.value_or("no name")));
  } else if (connection.sni) {
    text = fmt::format("on a fresh connection with SNI {}", shown(*connection.sni));
  } else {
    text = "on a fresh connection without SNI";
  }
  if (seen.handshake_done) text += fmt::format(" ({})", to_string(seen.protocol));
  if (connection.session_of)
    text += fmt::format(", {} a session of {}", seen.resumed ? "resuming" : "having offered",
                        shown(*connection.session_of));
  return text;
}

std::string answer_text(const Observation& seen) {
  if (seen.location.empty()) return std::to_string(seen.status);
  return fmt::format("{} to {}", seen.status, shown(seen.location));
}

std::string answered_text(const ConnectionQuestion& connection, const RequestQuestion& request,
                          const Observation& seen) {
  return fmt::format("{} answered {} {} with {}", connection.node.text(), asked_text(request),
                     connection_text(connection, seen), answer_text(seen));
}

}  // namespace astray
