#include "gateway/routing/prepare_request.h"

#include "gateway/routing/rewrite.h"

namespace astray::gateway {

void prepare_request(RequestHead& head, const Route& route, const ClientFacts& client, const AskedFacts& asked,
                     ReceivedOver received) {
  tell_about_client(head.fields, client, asked);
  add_via(head.fields, received);
  rewrite_target(head.target, route);
  if (route.host) head.authority = *route.host;
  route.request_edits.apply_to(head.fields);
}

std::optional<ServerName> back_server_name(const Route& route, const Host& asked) {
  if (route.sni) return route.sni;
  auto name = ServerName::for_host(asked);
  if (!name) return std::nullopt;
  return *std::move(name);
}

void edit_response(ResponseHead& head, const Route& route, ReceivedOver received) {
  add_via(head.fields, received);
  if (head.status == 421)
    head.fields.remove_if([](const http2::Field& field) { return field.name == "alt-svc"; });
  route.response_edits.apply_to(head.fields);
}

}  // namespace astray::gateway
