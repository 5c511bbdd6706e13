#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "names/authority.h"
#include "names/url.h"

namespace astray::client {

/// The hosts that are asked without a proxy, as no_proxy lists them, separated by commas or blanks:
///   *                      every host
///   a.example, .a.example, *.a.example
///                          this name and all below it
///   192.0.2.1, 2001:db8::1, [2001:db8::1], 192.0.2.0/24, 2001:db8::/32
///                          an address, or a network; they match URLs that hold an address, and no name is
///                          looked up
///   a.example:8080, 192.0.2.1:80, [::1]:443
///                          the same on one port alone (curl knows no ports here)
class NoProxy {
 public:
  NoProxy() = default;
  explicit NoProxy(std::string_view list);

  bool matches(const Url& url) const;
  /// Items that are none of these and match nothing, for a warning: whoever wrote them expected something
  /// else.
  const std::vector<std::string>& unread() const { return unread_; }

 private:
  struct Network {
    IpAddress address;
    int bits;
  };
  struct Item {
    std::optional<Hostname> name{};    ///< and all below it
    std::optional<Network> network{};  ///< neither: every host
    std::optional<Port> port{};        ///< none: every port
  };
  static std::optional<Item> parse(std::string_view text);
  static std::optional<Item> parse_network(std::string_view text);
  static bool covers(const Item& item, const Host& host);

  std::vector<Item> items_;
  std::vector<std::string> unread_;
};

}  // namespace astray::client
