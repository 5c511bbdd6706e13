#pragma once
// What a back answers to the names that a front sends, held against what it would answer if SNI were Host.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "audit/back_edges.h"
#include "audit/finding.h"
#include "audit/hops.h"
#include "audit/wording.h"

namespace astray {

enum class BackOutcome : uint8_t {
  as_meant,              ///< the same virtual host answers either way
  refused,               ///< the back answers an error that it would not if SNI were Host
  handshake_rejected,    ///< the back ends the handshake, which it would not if SNI were Host
  other_virtual_host,    ///< another virtual host answers
  certificate_mismatch,  ///< the front checks the certificate, and gets one that does not cover the name it
                         ///< checks
  could_not_tell,        ///< a part of the back's configuration cannot be known
};

struct BackAnswer {
  BackOutcome outcome = BackOutcome::could_not_tell;
  Expected sent;   ///< to the names as they are sent
  Expected meant;  ///< to a connection whose SNI is the Host
};

/// `verified` is the name that the back's certificate is checked against on this connection, if it is. When
/// the request would be refused with SNI = Host too, the refusal is not about names: as_meant.
BackAnswer judge_back(const Topology& topology, const Topology::Destination& destination,
                      BackProtocol protocol, const SentNames& sent,
                      const std::optional<std::string>& verified);

/// The status that a client of the front sees: the back's own, or 502 when the front gets no connection; 0:
/// none.
int status_in_front(const BackAnswer& answer);

/// judge_back() for classes of a survey, each kind of question asked once. A front that checks certificates
/// is asked about anew each time, since the name that it checks may differ.
class BackAnswers {
 public:
  explicit BackAnswers(const Topology& topology) : topology_(topology) {}
  /// Precondition: the edge has a destination, both names are known.
  const BackAnswer& of(const SurveyedEdge& edge, const SentClass& names);

 private:
  using Key = std::tuple<SiteId, ListenerId, BackProtocol, VirtualHostId, VirtualHostId, bool, bool>;
  const Topology& topology_;
  std::map<Key, BackAnswer> known_;
  BackAnswer unshared_;
};

// Words for findings.

/// "Apache httpd 2.4.71 at 127.0.0.1:8443".
std::string back_text(const Topology& topology, const Topology::Destination& destination);
/// "answers 421 Misdirected Request (AH02032 in its error log)"; what happens on the wire and in the log.
std::string refusal_text(const Topology& topology, const Topology::Destination& destination,
                         const BackAnswer& answer);
/// What every client sees of it.
PredictedAnswer answer_for_every_client(const BackAnswer& answer);
/// The virtual host's place; `part` says what it has to do with the finding: "which the Host means".
Place virtual_host_place(const Topology& topology, SiteId site, VirtualHostId id, std::string_view part);

}  // namespace astray
