#include "cli/probe_plan.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "report/layout.h"
#include "report/printable.h"

namespace astray {
namespace {

std::string shown(const std::optional<std::string>& text) {
  if (!text) return "(none)";
  return text->empty() ? "(empty)" : printable(*text);
}

void write_json(std::string& out, uint64_t id, const ConnectionQuestion& connection,
                const RequestQuestion& request) {
  JsonWriter json(out);
  json.begin_object().member("type", "planned").key("id").number(static_cast<int64_t>(id));
  json.member("address", connection.node.text());
  json.key("sni");
  connection.sni ? json.string(*connection.sni) : json.null();
  json.key("host");
  request.host ? json.string(*request.host) : json.null();
  json.member("alpn", to_string(connection.alpn));
  json.member("use", to_string(connection.use)).member("placement", to_string(request.placement));
  json.member_if_any("other", request.other);
  if (connection.session_of) json.member("session_of", *connection.session_of);
  if (connection.client_certificate)
    json.key("client_certificate").number(static_cast<int64_t>(*connection.client_certificate));
  json.end_object();
  out += '\n';
}

void write_line(std::string& out, uint64_t id, const ConnectionQuestion& connection,
                const RequestQuestion& request) {
  out += fmt::format("{:>6}  {}  {:<6} SNI {:<28} {:<7} Host {}", id, connection.node.text(),
                     to_string(connection.use), shown(connection.sni), to_string(connection.alpn),
                     shown(request.host));
  if (request.placement != Placement::usual) {
    out += fmt::format("  ({}{}{})", to_string(request.placement), request.other.empty() ? "" : ": ",
                       printable(request.other));
  }
  if (connection.session_of) out += fmt::format("  session of {}", printable(*connection.session_of));
  if (connection.client_certificate)
    out += fmt::format("  client certificate {}", *connection.client_certificate + 1);
  out += '\n';
}

}  // namespace

void write_plan(const Plan& plan, std::string_view format, ConsoleStream& out) {
  const bool human = format == "human";
  Plan::Cursor cursor(plan);
  uint64_t id = 0;
  while (out.output.wanted()) {
    const std::optional<ConnectionQuestion> connection = cursor.next();
    if (!connection) break;
    std::string text;
    for (const RequestQuestion& request : connection->requests) {
      ++id;
      human ? write_line(text, id, *connection, request) : write_json(text, id, *connection, request);
    }
    out.output.write(text);
  }
  if (!human) return;
  out.output.write(fmt::format("\n{} on {} to {}; nothing was sent.\n", count(plan.cells(), "cell"),
                               count(plan.connections(), "connection"), count(plan.nodes().size(), "node")));
}

}  // namespace astray
