#include "servers/nginx/listeners.h"

#include <fmt/format.h>

namespace astray::nginx {
namespace {

void add_option(Setting<bool>& option, bool is_stated, SourceSpan span) {
  if (is_stated && !option.value) option = {true, span, Provenance::set};
}

}  // namespace

size_t Listeners::find_or_add(const ListenAddress& address, const Listen& listen, VirtualHostId virtual_host,
                              Listener::Kind kind) {
  const bool is_datagram = listen.quic || listen.udp;
  const auto [entry, is_new] =
      by_address_.try_emplace((is_datagram ? "udp " : "tcp ") + address.text(), deployment_.listeners.size());
  if (is_new) {
    Listener listener;
    listener.kind = kind;
    listener.address = address;
    listener.span = listen.span;
    listener.default_virtual_host = virtual_host;
    deployment_.listeners.push_back(std::move(listener));
  }
  return entry->second;
}

std::optional<size_t> Listeners::add(const ListenAddress& address, const Listen& listen,
                                     VirtualHostId virtual_host, Listener::Kind kind) {
  const size_t index = find_or_add(address, listen, virtual_host, kind);
  Listener& listener = deployment_.listeners[index];
  if (listener.kind != kind) {
    problems_.error(listen.span,
                    fmt::format("{} already belongs to servers of another kind (http, or stream with and "
                                "without ssl); this listen is left out",
                                address.text()));
    return std::nullopt;
  }
  // Servers come in one after the other, so a repetition can only be the last one.
  if (virtual_host == VirtualHostId::none) {
    // A passthrough server is no virtual host.
  } else if (!listener.virtual_hosts.empty() && listener.virtual_hosts.back() == virtual_host) {
    problems_.error(listen.span,
                    fmt::format("a duplicate listen {}: nginx will not start; counted once", address.text()));
  } else {
    listener.virtual_hosts.push_back(virtual_host);
  }
  add_option(listener.tls, listen.ssl || listen.quic, listen.span);
  add_option(listener.http2, listen.http2, listen.span);
  add_option(listener.quic, listen.quic, listen.span);
  add_option(listener.proxy_protocol, listen.proxy_protocol, listen.span);
  if (!listen.is_default) return index;
  if (listener.default_is_explicit && listener.default_virtual_host != virtual_host) {
    problems_.error(listen.span,
                    fmt::format("a duplicate default server for {}: nginx will not start; the first one is "
                                "taken",
                                address.text()));
    return index;
  }
  listener.default_is_explicit = true;
  listener.default_virtual_host = virtual_host;
  return index;
}

}  // namespace astray::nginx
