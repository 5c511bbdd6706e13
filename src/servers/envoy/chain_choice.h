#pragma once
// Which filter chain takes a connection (source/common/listener_manager/filter_chain_manager_impl.cc).
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "servers/envoy/parts.h"

namespace astray::envoy {

/// What Envoy knows of a connection when it chooses.
struct Arrival {
  std::optional<IpAddress> local_address{};
  std::optional<Port> local_port{};
  std::string server_name{};  ///< lower case; "" without SNI
  std::string_view transport_protocol{};
  std::vector<std::string_view> application_protocols{};  ///< in the client's order
};

struct ChainFound {
  enum class Outcome : uint8_t { found, none, unknowable };
  Outcome outcome = Outcome::none;
  const Chain* chain = nullptr;  ///< of `found`
  bool by_server_name = false;   ///< its server_names have the SNI
};

/// The chains of one listener, made ready. The criteria are looked at one after the other: port, address, server
/// name, transport protocol, application protocol; the best fit of each is final, whatever comes after it.
class ChainChoice {
 public:
  /// Borrows `listener`. `complaints` gets a sentence for each chain that Envoy would refuse to start with.
  struct Complaint {
    SourceSpan span;
    std::string message;
  };
  ChainChoice(const ListenerPart& listener, std::vector<Complaint>& complaints);

  ChainFound find(const Arrival& arrival) const;

 private:
  struct Leaf {
    const Chain* chain = nullptr;
    bool by_source = false;  ///< a chain here asks for the source
  };
  using ByProtocol = std::map<std::string, Leaf, std::less<>>;
  using ByTransport = std::map<std::string, ByProtocol, std::less<>>;
  /// Keys are exact names, ".example.com" for "*.example.com", and "" for every name.
  using ByName = std::unordered_map<std::string, ByTransport>;
  struct ByRange {
    std::optional<AddressRange> range;  ///< absent: every address
    ByName names;
  };
  using ByAddress = std::vector<ByRange>;

  void add(const Chain& chain, std::vector<Complaint>& complaints);
  static ByName& names_of(ByAddress& addresses, const std::optional<AddressRange>& range);
  static const ByName* best_address(const ByAddress& addresses, const Arrival& arrival);
  static ChainFound leaf_of(const ByTransport& transports, const Arrival& arrival, bool by_server_name);
  static ChainFound by_name(const ByName& names, const Arrival& arrival);

  const ListenerPart& listener_;
  std::map<uint16_t, ByAddress> ports_;  ///< 0: every port
};

}  // namespace astray::envoy
