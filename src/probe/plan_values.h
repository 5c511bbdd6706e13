#pragma once
// Values of the SNI and Host axes on one node, and the bytes they are sent as.
#include <optional>
#include <string>
#include <vector>

#include "probe/plan_sections.h"

namespace astray {

/// One value: a spelling of a known name of the node, or something else.
struct AxisValue {
  Spelling spelling = Spelling::plain;
  std::optional<size_t> name{};  ///< index into the node's names, where it spells one
  std::string literal{};
};

AxisValue plain_name(size_t name);
/// The value that is sent as these bytes (nothing: not sent at all) to the node.
AxisValue value_sent_as(const std::optional<std::string>& bytes, const ProbeNode& node);
/// Spellings of known names become one value for each name. A literal that is a known name to the letter is
/// its plain spelling.
std::vector<AxisValue> expand(const std::vector<AxisName>& wanted, const ProbeNode& node);
/// Everything of the full product. What shows who answers by default comes first, since a default virtual
/// host's page is known by that.
std::vector<AxisValue> every_sni(const ProbeNode& node);
std::vector<AxisValue> every_host(const ProbeNode& node);

/// Placements beside the usual one that mean something for this offer.
bool is_meaningful(Placement placement, AlpnOffer alpn);

/// A connection to the node without requests; `sni` is left out in clear.
ConnectionQuestion connection_with(const NodeAxes& axes, const AxisValue& sni, AlpnOffer alpn,
                                   ClientCertificateIndex client_certificate);
/// A conflicting second name is the SNI's where that is another, else the next name of the node.
RequestQuestion request_for(const NodeAxes& axes, const AxisValue& host, Placement placement,
                            const ConnectionQuestion& connection);

}  // namespace astray
