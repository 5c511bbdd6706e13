#pragma once
#include "gateway/configuration/fields.h"
#include "gateway/configuration/listener_settings.h"

namespace astray::gateway {

template <>
struct KeysOf<ProxyProtocolSettings> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"from", "peers that must speak it; from others it is a violation", Need::required}, s.from);
  }
};

template <>
struct KeysOf<OriginFrameSettings> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"send", "tell HTTP/2 clients which origins the connection is good for"}, s.send);
    visit(Key{.name = "most", .text = "with more origins than this none are told", .least = 1, .most = 1000},
          s.most);
  }
};

template <>
struct KeysOf<ListenerSettings> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"address", "where it listens", Need::required}, s.address);
    visit(Key{.name = "public_port",
              .text = "the port that clients name, where it is translated on the way (containers, load balancers); "
                      "0: that of address",
              .least = 0,
              .most = 65535},
          s.public_port);
    visit(Key{"tls", "whether TLS runs on it"}, s.tls);
    visit(Key{"unknown_sni", "with TLS: what a handshake gets for a name that nobody claims"}, s.unknown_sni);
    visit(Key{"missing_sni", "with TLS: what a handshake without SNI gets"}, s.missing_sni);
    visit(Key{"default", "the virtual host that `default` means"}, s.default_virtual_host);
    visit(Key{"cleartext",
              "without TLS: whether names are redirected to https, served, or refused (421) where their "
              "virtual "
              "host has TLS"},
          s.cleartext);
    visit(Key{"proxy_protocol", "the PROXY protocol, versions 1 and 2"}, s.proxy_protocol);
    visit(Key{"trusted_gateways",
              "gateways in front of this one (RFC 9110 §7.4): their requests are judged by authority alone"},
          s.trusted_gateways);
    visit(Key{"scheme_from", "where trusted gateways say which scheme their client used"}, s.scheme_from);
    visit(Key{"origin_frames", "ORIGIN frames (RFC 8336)"}, s.origin_frames);
  }
};

}  // namespace astray::gateway
