#include "servers/envoy/chain_choice.h"

#include <fmt/format.h>

namespace astray::envoy {
namespace {

/// A criterion that asks for nothing stands under one empty key.
template <typename T>
std::vector<T> or_empty(const std::vector<T>& values) {
  return values.empty() ? std::vector<T>(1) : values;
}

std::string key_of(const std::string& server_name) {
  return server_name.starts_with("*.") ? server_name.substr(1) : server_name;
}

}  // namespace

bool AddressRange::contains(const IpAddress& ip) const {
  if (ip.family() != address.family()) return false;
  const std::string_view mine = address.bytes();
  const std::string_view other = ip.bytes();
  for (unsigned bit = 0; bit < bits; ++bit) {
    const unsigned char mask = static_cast<unsigned char>(0x80U >> (bit % 8));
    if ((static_cast<unsigned char>(mine[bit / 8]) & mask) !=
        (static_cast<unsigned char>(other[bit / 8]) & mask))
      return false;
  }
  return true;
}

ChainChoice::ChainChoice(const ListenerPart& listener, std::vector<Complaint>& complaints)
    : listener_(listener) {
  for (const Chain& chain : listener.chains) add(chain, complaints);
}

ChainChoice::ByName& ChainChoice::names_of(ByAddress& addresses, const std::optional<AddressRange>& range) {
  for (ByRange& each : addresses) {
    const bool same = each.range.has_value() == range.has_value() &&
                      (!range || (each.range->bits == range->bits && each.range->contains(range->address)));
    if (same) return each.names;
  }
  return addresses.emplace_back(ByRange{range, {}}).names;
}

void ChainChoice::add(const Chain& chain, std::vector<Complaint>& complaints) {
  const ChainMatch& match = chain.match;
  ByAddress& addresses = ports_[match.destination_port ? match.destination_port->number() : uint16_t{0}];
  std::vector<std::optional<AddressRange>> ranges;
  for (const AddressRange& range : match.prefix_ranges) ranges.emplace_back(range);
  bool overlaps = false;
  for (const auto& range : or_empty(ranges)) {
    ByName& names = names_of(addresses, range);
    for (const std::string& name : or_empty(match.server_names)) {
      for (const std::string& protocol : or_empty(match.application_protocols)) {
        Leaf& leaf = names[key_of(name)][match.transport_protocol][protocol];
        overlaps |= leaf.chain != nullptr && !leaf.by_source && !match.by_source;
        leaf.by_source |= match.by_source;
        if (leaf.chain == nullptr) leaf.chain = &chain;
      }
    }
  }
  if (overlaps)
    complaints.push_back(
        {chain.span,
         fmt::format("filter chain {} asks for what an earlier chain of this listener asks for already, and "
                     "Envoy refuses such a listener; take the overlapping server_names out of one of them",
                     chain.name.empty() ? "(unnamed)" : chain.name)});
}

const ChainChoice::ByName* ChainChoice::best_address(const ByAddress& addresses, const Arrival& arrival) {
  const ByRange* best = nullptr;
  for (const ByRange& each : addresses) {
    if (each.range && !(arrival.local_address && each.range->contains(*arrival.local_address))) continue;
    const bool is_closer = best == nullptr || !best->range || (each.range && each.range->bits > best->range->bits);
    if (is_closer) best = &each;
  }
  return best == nullptr ? nullptr : &best->names;
}

ChainFound ChainChoice::leaf_of(const ByTransport& transports, const Arrival& arrival, bool by_server_name) {
  auto transport = transports.find(arrival.transport_protocol);
  if (transport == transports.end()) transport = transports.find("");
  if (transport == transports.end()) return {};
  const ByProtocol& protocols = transport->second;
  auto leaf = protocols.end();
  for (const std::string_view offered : arrival.application_protocols)
    if (leaf == protocols.end()) leaf = protocols.find(offered);
  if (leaf == protocols.end()) leaf = protocols.find("");
  if (leaf == protocols.end()) return {};
  if (leaf->second.by_source) return {ChainFound::Outcome::unknowable, nullptr, by_server_name};
  return {ChainFound::Outcome::found, leaf->second.chain, by_server_name};
}

ChainFound ChainChoice::by_name(const ByName& names, const Arrival& arrival) {
  const std::string& name = arrival.server_name;
  if (const auto exact = names.find(name); exact != names.end() && !name.empty())
    return leaf_of(exact->second, arrival, true);
  for (size_t dot = name.find('.', 1); dot != std::string::npos && dot + 1 < name.size();
       dot = name.find('.', dot + 1))
    if (const auto below = names.find(name.substr(dot)); below != names.end())
      return leaf_of(below->second, arrival, true);
  if (const auto every = names.find(""); every != names.end()) return leaf_of(every->second, arrival, false);
  return {};
}

ChainFound ChainChoice::find(const Arrival& arrival) const {
  if (!listener_.unknowable.empty()) return {ChainFound::Outcome::unknowable, nullptr, false};
  auto port = arrival.local_port ? ports_.find(arrival.local_port->number()) : ports_.end();
  if (port == ports_.end()) port = ports_.find(0);
  ChainFound found;
  if (port != ports_.end())
    if (const ByName* names = best_address(port->second, arrival)) found = by_name(*names, arrival);
  if (found.outcome == ChainFound::Outcome::none && listener_.default_chain)
    return {ChainFound::Outcome::found, &*listener_.default_chain, false};
  return found;
}

}  // namespace astray::envoy
