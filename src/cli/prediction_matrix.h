#pragma once
// Which questions `astray predict` asks, and the asking.
#include <optional>
#include <string>
#include <vector>

#include "audit/topology.h"
#include "report/predictions.h"

namespace astray {

/// What the user narrowed; an absent axis is filled from the configuration.
struct MatrixOptions {
  std::optional<std::vector<AskedName>> snis;
  std::optional<std::vector<AskedName>> hosts;
  std::vector<AlpnOffer> alpn = {AlpnOffer::h1, AlpnOffer::h2};
  std::vector<ListenAddress> addresses;  ///< empty: every listener
  std::optional<ClientCertificate> client_certificate;
};

/// A name that nobody configures (RFC 2606 §2: .invalid).
inline constexpr std::string_view unknown_name = "unknown.invalid";

/// The names of one listener that the matrix asks about, with what could not be made a name of.
struct ListenerMatrix {
  std::vector<AskedName> snis;
  std::vector<AskedName> hosts;
  std::vector<std::string> without_sample;  ///< patterns that no name could be made for
};
ListenerMatrix matrix_of(const Site& site, ListenerId listener, const MatrixOptions& options);

/// One question for each listener that takes part.
struct AskedListener {
  ListenerId listener;
  std::string address;  ///< as it is shown
  std::optional<IpAddress> local_address;
  Port local_port{443};
};
/// The listeners that the options choose; an address that is none of them leads to the listener on every
/// address.
std::vector<AskedListener> chosen_listeners(const Deployment& deployment, const MatrixOptions& options);

/// Asks every cell of one listener. Stops early when the sink is no longer wanted.
void predict(const Site& site, const AskedListener& asked, const ListenerMatrix& matrix,
             const MatrixOptions& options, PredictionWriter& writer, const ByteSink& sink);

}  // namespace astray
