#pragma once
// A server of a few lines that answers every question of a plan, for tests of what whole runs say.
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "probe/assessor.h"
#include "probe/axes.h"

namespace astray::test {

/// A certificate for these names; the same names give the same fingerprint.
std::shared_ptr<const Certificate> certificate_for(const std::vector<std::string>& names);
/// An answered request: everything but the connection's facts.
Observation page(int status, const std::string& body, const std::string& location = {});
Endpoint endpoint(std::string_view text);
/// An https connection to the node, SNI and Host spelled plainly; "" leaves SNI out.
ConnectionQuestion connection_to(std::string_view node, const std::string& sni,
                                 AlpnOffer alpn = AlpnOffer::h2);
RequestQuestion request_of(const std::string& host);
ProbeNode https_node(std::string_view where, std::vector<std::string> names);

enum class Demand : uint8_t { nothing, client_certificate };

struct FakeSite {
  std::string name;
  std::string body;
  std::vector<std::string> certificate_names;
  Demand demand = Demand::nothing;
};

/// Behaves as nginx does: the certificate goes by SNI, the answer by Host, whoever is unknown gets the first
/// site, and a site that demands client certificates answers 421 where SNI and Host differ.
class FakeWorld {
 public:
  using Answer =
      std::function<Observation(const ConnectionQuestion& connection, const RequestQuestion& request)>;

  explicit FakeWorld(std::vector<FakeSite> sites);
  Observation answer(const ConnectionQuestion& connection, const RequestQuestion& request) const;
  const FakeSite& site_of(const std::string& name) const;
  Answer as_function() const {
    return [this](const ConnectionQuestion& connection, const RequestQuestion& request) {
      return answer(connection, request);
    };
  }

 private:
  std::vector<FakeSite> sites_;
};

/// The connection's side of an observation, with the site's certificate.
void fill_connection(Observation& seen, const ConnectionQuestion& connection,
                     std::shared_ptr<const Certificate> certificate);
/// Without case, port and trailing dot.
std::string canonical(std::string_view host);

struct SeenCell {
  ConnectionQuestion connection;
  RequestQuestion request;
  CellVerdict verdict;
  Reason reason;
  std::string sentence, answered_as;
};

struct RunResult {
  std::vector<SeenCell> cells;
  ProbeSummary summary;

  size_t count(ProbeFindingKind kind) const;
  const ProbeFinding* find(ProbeFindingKind kind) const;
  /// The cell of this SNI (plain) and Host (plain); null: not asked.
  const SeenCell* cell(const std::string& sni, const std::string& host, ConnectionUse use) const;
};

/// Every profile that can coalesce over HTTP/2 decides in the outlook.
RunResult run(const std::vector<ProbeNode>& nodes, const Axes& axes, const FakeWorld::Answer& answer,
              const Predictor* predictor = nullptr);

}  // namespace astray::test
