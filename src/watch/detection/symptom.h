#pragma once
// One thing that is wrong in one place, before those of one cause are put together.
#include <optional>
#include <string>
#include <vector>

#include "watch/detection/cause_key.h"
#include "watch/detection/round_view.h"

namespace astray::watch {

/// What the evidence says about why, more exactly than the kind does.
enum class Cause : uint8_t {
  unknown,
  renewed_without_name,   ///< a new certificate, shown to several names, lacks this one
  replaced_by_narrower,   ///< another certificate than before, which lacks the name
  never_covered,          ///< nothing tells that the name was ever covered
  certificate_over,       ///< not after
  certificate_not_begun,  ///< not before
  certificate_running_out,
  client_certificate_asked,  ///< and requests are served without one
  client_certificate_demanded,
  client_certificate_no_longer_asked,
  h2_gone,
  h2_new,
  virtual_host_gone,  ///< the default virtual host answers, certificate and page
  wrong_back,         ///< the name's own handshake, and another name's page
  default_or_wrong_back,
  back_without_sni,  ///< 421 for the very name that the connection was opened for
  answers_by_sni,    ///< requests are answered by the connection's name, whatever they ask for
  protection_passed,
  configured_otherwise,
  nodes_differ,  ///< from the first time that they were asked on: nothing tells which of them is meant
};

/// What of a name's own answer is compared.
enum class Aspect : uint8_t { none, treatment, client_demand, protocol, certificate, page };

struct Symptom {
  ProblemKind kind = ProblemKind::verdict_changed;
  Severity severity = Severity::warning;
  Scope scope = Scope::own;
  std::string what;  ///< see CauseKey
  Cause cause = Cause::unknown;
  Aspect aspect = Aspect::none;  ///< of those that are compared with the past and with other nodes; has a record
  std::string node;
  std::string from, to;          ///< `from` of pairs alone
  std::string other;             ///< whose page, certificate or software it shows; "" when not told
  std::optional<size_t> record;  ///< of the round's answers
  std::optional<CellAnswer> expected;
  std::string sentence;  ///< "192.0.2.1:443 answers a.example over http/1.1, and not over h2"
};
using Symptoms = std::vector<Symptom>;

/// What the names' own answers show: certificates, client authentication, protocols, whose page it is,
/// refusals, other changes, and what differs from a configuration.
void find_certificate_symptoms(const RoundView& view, const AlertSettings& settings, Symptoms& symptoms);
void find_page_symptoms(const RoundView& view, Symptoms& symptoms);
void find_own_symptoms(const RoundView& view, Symptoms& symptoms);
/// What answers on other names' connections show.
void find_pair_symptoms(const RoundView& view, Symptoms& symptoms);
/// Silent nodes, pairs that are coalescible since now, rising 421s, troubles of the watcher.
void find_round_symptoms(const RoundView& view, const AlertSettings& settings, Symptoms& symptoms);

}  // namespace astray::watch
