#pragma once
// What the requests on one connection have in common, whatever else they ask for.
#include <functional>
#include <string>
#include <string_view>

#include "names/endpoint.h"
#include "proxy/back/back_request.h"

namespace astray::proxy {

/// Connections with equal keys may stand in for one another, and so may their TLS sessions; others never.
/// The back settles the protocol (and its ALPN), the client certificate and the authorities that are trusted:
/// two backs share nothing.
struct BackKeyView {
  BackIndex back{};
  Endpoint address = Endpoint::with_any_port(IpAddress::v4({}));
  std::string_view sni{};            ///< "": none is sent
  std::string_view verified_name{};  ///< that the certificate must cover; "": none, or in clear
  std::string_view authority{};      ///< that the connection carries alone; "": any
  bool operator==(const BackKeyView&) const = default;
};

struct BackKey {
  BackIndex back{};
  Endpoint address = Endpoint::with_any_port(IpAddress::v4({}));
  std::string sni{};
  std::string verified_name{};
  std::string authority{};

  static BackKey of(const BackKeyView& view);
  BackKeyView view() const { return {back, address, sni, verified_name, authority}; }
};

/// Of an address and its port: the same in every process, for rendezvous hashing.
uint64_t hash_of(const Endpoint& endpoint);
/// A bijection that spreads every bit over all (the finaliser of MurmurHash3).
constexpr uint64_t mixed(uint64_t value) {
  value = (value ^ (value >> 33)) * 0xff51afd7ed558ccdULL;
  value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return value ^ (value >> 33);
}

/// Tables are searched with a view, without a copy.
struct BackKeyHash {
  using is_transparent = void;
  size_t operator()(const BackKeyView& key) const;
  size_t operator()(const BackKey& key) const { return (*this)(key.view()); }
};
struct BackKeyEqual {
  using is_transparent = void;
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return view_of(a) == view_of(b);
  }

 private:
  static BackKeyView view_of(const BackKey& key) { return key.view(); }
  static BackKeyView view_of(const BackKeyView& key) { return key; }
};

}  // namespace astray::proxy
