#pragma once
// A small world on loopback: two backs and a gateway in front of them, with certificates made on the spot.
// Ports are free ones; no name is looked up, no network is needed, nothing stays.
#include <memory>
#include <string>

#include "base/instant.h"
#include "client/settings.h"
#include "io/epoll_loop.h"
#include "io/socket_network.h"
#include "proxy/lab/lab_back.h"
#include "proxy/operation/gateway.h"

namespace astray::proxy {

/// What labs differ in.
struct LabShape {
  /// Whether the gateway tells HTTP/2 clients which origins a connection is good for (RFC 8336).
  enum class OriginFrames : uint8_t { off, on };
  /// Whether the gateway was ever told of blog.test.
  enum class Blog : uint8_t { served, forgotten };

  OriginFrames origin_frames = OriginFrames::off;
  Blog blog = Blog::served;
};

/// What is there, all at https and port 443 as clients name it:
///   shop.test, blog.test   one certificate, one policy
///   accounts.test          the same certificate, and clients have to show one of their own
///   news.test              another certificate
/// The certificate of the first three also has wiki.test, which nobody serves. shop.test and accounts.test
/// are answered by the back "shop", the others by "blog".
class Lab {
 public:
  /// The error says what the machine refused: a port on loopback, a temporary folder, a thread. `loop` and
  /// `network` outlive the lab; the backs live in that loop, the gateway in a thread of its own.
  static Result<std::unique_ptr<Lab>> start(EpollLoop& loop, SocketNetwork& network, LabShape shape,
                                            Instant now);

  /// For a client that finds all names here, trusts the lab's authority, and can prove to be a person whom
  /// accounts.test knows.
  client::Settings client_settings() const { return client_settings_; }
  Endpoint address() const { return address_; }
  const std::string& configuration() const { return configuration_; }  ///< YAML
  const LabBack& shop() const { return *shop_; }
  const LabBack& blog() const { return *blog_; }
  Gateway& gateway() { return *gateway_; }

 private:
  class Builder;
  Lab() = default;

  Endpoint address_ = Endpoint::with_any_port(IpAddress::v4({127, 0, 0, 1}));
  std::string configuration_;
  client::Settings client_settings_;
  std::unique_ptr<LabBack> shop_, blog_;
  std::unique_ptr<Gateway> gateway_;
};

}  // namespace astray::proxy
