#pragma once
// What a configuration says that a node will answer (--against).
#include <vector>

#include "probe/cell.h"
#include "servers/model/behaviour.h"

namespace astray {

/// One configuration that is held against the nodes: it speaks for those whose port (and address, where the
/// listener has one) it listens on.
struct PredictedSite {
  const Deployment* deployment = nullptr;
  const Behaviour* behaviour = nullptr;
};

class Predictor {
 public:
  /// `client_certificates`: for each of ProbeOptions', the digest of the CA it chains to.
  Predictor(std::vector<PredictedSite> sites, std::vector<ClientCertificate> client_certificates);

  /// not_predicted when no listener of the configurations is at the node. The observation's negotiated
  /// protocol is not used: it is part of what is predicted.
  Prediction predict(const ConnectionQuestion& connection, const RequestQuestion& request) const;
  /// Fills agreement and difference: handshake, alert, certificate's names, protocol, status. `answered_as`
  /// is the known name whose own answer came; it tells a wrong virtual host where the status does not.
  /// What was never answered (refused, timed out) is unknowable, not different. A resumed session is
  /// predicted as a full handshake would go; its certificate is not compared, and where the answer differs,
  /// that is unknowable too.
  void compare(Prediction& prediction, const Observation& seen, std::string_view answered_as) const;

 private:
  std::string difference_of(const Prediction& prediction, const Observation& seen,
                            std::string_view answered_as) const;
  std::vector<PredictedSite> sites_;
  std::vector<ClientCertificate> client_certificates_;
};

}  // namespace astray
