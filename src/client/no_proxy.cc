#include "client/no_proxy.h"

#include <algorithm>
#include <charconv>

namespace astray::client {
namespace {

bool is_same_or_below(std::string_view name, std::string_view parent) {
  if (!name.ends_with(parent)) return false;
  return name.size() == parent.size() || name[name.size() - parent.size() - 1] == '.';
}

bool same_network(std::string_view a, std::string_view b, int bits) {
  if (a.size() != b.size()) return false;  // one is IPv4, the other IPv6
  const auto whole = static_cast<size_t>(bits / 8);
  if (a.substr(0, whole) != b.substr(0, whole)) return false;
  const int rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) & 0xff) >> (8 - rest) == 0;
}

/// The digits behind the slash, at most `most`.
std::optional<int> prefix_length(std::string_view digits, int most) {
  int bits = 0;
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, bits);
  if (error != std::errc() || stopped != end || bits < 0 || bits > most) return std::nullopt;
  return bits;
}

}  // namespace

NoProxy::NoProxy(std::string_view list) {
  constexpr std::string_view separators = ", \t";
  while (true) {
    list.remove_prefix(std::min(list.find_first_not_of(separators), list.size()));
    if (list.empty()) return;
    const std::string_view text = list.substr(0, list.find_first_of(separators));
    list.remove_prefix(text.size());
    if (auto item = parse(text)) {
      items_.push_back(std::move(*item));
    } else {
      unread_.emplace_back(text);
    }
  }
}

std::optional<NoProxy::Item> NoProxy::parse_network(std::string_view text) {
  const size_t slash = std::min(text.find('/'), text.size());
  std::string_view address_text = text.substr(0, slash);
  if (address_text.starts_with('[') && address_text.ends_with(']'))
    address_text = address_text.substr(1, address_text.size() - 2);
  const auto address = IpAddress::parse(address_text);
  if (!address) return std::nullopt;
  const int all = static_cast<int>(address->bytes().size()) * 8;
  std::optional<int> bits = all;
  if (slash != text.size()) bits = prefix_length(text.substr(slash + 1), all);
  if (!bits) return std::nullopt;
  return Item{.network = Network{*address, *bits}};
}

std::optional<NoProxy::Item> NoProxy::parse(std::string_view text) {
  if (text == "*") return Item{};
  if (auto item = parse_network(text)) return item;
  if (text.starts_with("*.")) text.remove_prefix(1);
  if (text.starts_with('.')) text.remove_prefix(1);
  auto authority = Authority::parse(text);
  if (!authority) return std::nullopt;
  Item item{.port = authority->port};
  if (const IpAddress* address = authority->host.address()) {
    item.network = Network{*address, static_cast<int>(address->bytes().size()) * 8};
  } else {
    item.name = *authority->host.name();
  }
  return item;
}

bool NoProxy::covers(const Item& item, const Host& host) {
  if (item.name) return host.name() != nullptr && is_same_or_below(host.name()->text(), item.name->text());
  if (!item.network) return true;
  return host.address() != nullptr &&
         same_network(host.address()->bytes(), item.network->address.bytes(), item.network->bits);
}

bool NoProxy::matches(const Url& url) const {
  const Origin origin = url.origin();
  return std::any_of(items_.begin(), items_.end(), [&](const Item& item) {
    return (!item.port || *item.port == origin.port) && covers(item, origin.host);
  });
}

}  // namespace astray::client
