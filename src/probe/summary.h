#pragma once
// What the cells of a run say together.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "probe/cell.h"
#include "verdict/client_profile.h"
#include "verdict/judge_reuse.h"

namespace astray {

enum class ProbeFindingKind : uint8_t {
  misdirected,
  false_421,
  authentication_bypass,
  coalescing_hazard,  ///< a client would coalesce this pair, and get something else than the name's own
                      ///< answer
  parity,             ///< nodes or protocols answer one question differently
  drift,              ///< a node does not do what the configuration says
  not_answered,       ///< no node answered for a name: no evidence
};
std::string_view to_string(ProbeFindingKind kind);
/// Stable ids for SARIF and JUnit: "probe-misdirected".
std::string_view rule_id(ProbeFindingKind kind);

enum class ProbeSeverity : uint8_t { info, warning, error };
std::string_view to_string(ProbeSeverity severity);

struct ProbeFinding {
  ProbeFindingKind kind = ProbeFindingKind::misdirected;
  ProbeSeverity severity = ProbeSeverity::error;
  std::string from;       ///< the name in SNI; "" when it does not matter
  std::string to;         ///< the name asked for
  std::string sentence;   ///< what happens, to whom
  std::string next_step;  ///< what to do about it
  std::vector<std::string> nodes;
  std::vector<uint64_t> cells;  ///< evidence: ids, at most 10
  uint64_t cell_count = 0;      ///< how many cells show it
};

/// What `would_get` of an outlook was seen on: the reused connection that a client would have, else a fresh
/// one with the same two names, which most servers treat alike.
enum class OutlookEvidence : uint8_t { none, reused_connection, fresh_connection };
std::string_view to_string(OutlookEvidence evidence);

/// Clients that decide alike about one ordered pair, and what they would get.
struct OutlookRow {
  std::string from, to;
  Endpoint node;
  std::vector<std::string_view> clients;  ///< ids of profiles
  ReuseAnswer answer = ReuseAnswer::could_not_tell;
  Reason reason = Reason::facts_missing;
  CellVerdict would_get =
      CellVerdict::could_not_tell;  ///< of the evidence's cell; meaningful when they reuse
  OutlookEvidence evidence = OutlookEvidence::none;
  uint64_t cell = 0;  ///< that cell; 0: it was not asked
};

struct ProbeSummary {
  uint64_t cells = 0, connections = 0;
  std::array<uint64_t, 16> by_verdict{};  ///< indexed by CellVerdict
  uint64_t predicted = 0, agreeing = 0;
  std::vector<std::string> names;  ///< every name asked for, in order
  std::vector<std::string> nodes;
  std::vector<ProbeFinding> findings;  ///< errors first
  std::vector<OutlookRow> outlook;
  std::vector<std::string> notes;  ///< what was left out, and why
  bool interrupted = false;
  Duration took{};

  uint64_t count(CellVerdict verdict) const { return by_verdict.at(static_cast<size_t>(verdict)); }
};

/// Where a run's cells go, in the order of the plan; nothing is kept.
class CellSink {
 public:
  CellSink() = default;
  CellSink(const CellSink&) = delete;
  CellSink& operator=(const CellSink&) = delete;
  virtual ~CellSink() = default;
  virtual void cell(const ProbeCell& cell) = 0;
  /// Hands on what is only held back to be written in larger pieces: somebody may be reading along.
  virtual void flush() {}
  virtual void finish(const ProbeSummary& summary) = 0;
};

}  // namespace astray
