#pragma once
// The round and its past, found by node and name. Borrows both.
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "watch/detection/cause_key.h"
#include "watch/detection/names_of_round.h"

namespace astray::watch {

/// What a cell is about, once its bytes are read as names.
struct Subject {
  enum class Kind : uint8_t {
    own,     ///< the own answer of `to`
    pair,    ///< `to` on the connection of `from` ("": without SNI), or `to` spelled oddly
    nobody,  ///< what a name gets that nobody configures, in SNI and Host
    other,   ///< whatever else: kept, and not judged
  };
  Kind kind = Kind::other;
  std::string_view from, to;
};

class RoundView {
 public:
  RoundView(const RoundRecord& round, const DetectionPast& past);

  const RoundRecord& round() const { return round_; }
  const DetectionPast& past() const { return past_; }
  const NamesOfRound& names() const { return names_; }

  const CellRecord& record(size_t index) const { return round_.answers[index]; }
  const CellAnswer& now(size_t index) const { return round_.answers[index].answer; }
  const Subject& subject(size_t index) const { return subjects_[index]; }
  /// The answer before; null where it was never asked.
  const CellAnswer* before(size_t index) const;
  /// What it is meant to be as far as the past tells: before the problem that covers it, else before this
  /// round. Null: the past does not tell.
  const CellAnswer* established(size_t index) const;
  /// Suspected and open problems that cover the record and know what was there before them.
  std::vector<const Problem*> covering(size_t index) const;

  /// Records of the node's own answers for the name, in their order.
  std::span<const size_t> own_answers(std::string_view node, std::string_view name) const;
  std::span<const size_t> answers_to_nobody(std::string_view node) const;
  /// The same question, asked of other nodes.
  std::vector<size_t> peers(size_t index) const;
  /// Nothing where the round did not ask this.
  std::optional<size_t> find(const CellKey& key) const;
  /// Every name with its own answers on the node.
  using OwnAnswers = std::map<std::string_view, std::vector<size_t>>;
  const OwnAnswers& own_answers(std::string_view node) const;

  const std::set<std::string_view>& asked_nodes() const { return asked_; }
  /// Asked, and nobody answered.
  bool is_silent(std::string_view node) const { return silent_.contains(node); }
  const std::set<std::string_view>& silent_nodes() const { return silent_; }
  bool nothing_answers() const { return !asked_.empty() && silent_.size() == asked_.size(); }

  /// Null for one that this round did not see.
  const CertificateRecord* certificate(const std::string& fingerprint) const;

 private:
  Subject subject_of(const CellKey& key) const;
  void index_problems();

  const RoundRecord& round_;
  const DetectionPast& past_;
  NamesOfRound names_;
  std::vector<Subject> subjects_;
  std::map<std::string_view, OwnAnswers> own_;
  std::map<std::string_view, std::vector<size_t>> nobody_;
  std::map<CellKey, std::vector<size_t>> questions_;  ///< without their node
  std::set<std::string_view> asked_, silent_;
  std::unordered_map<std::string_view, const CertificateRecord*> certificates_;
  /// Problems that know what was before them, by node and name (own) or by question (pair).
  std::map<std::pair<std::string_view, std::string_view>, std::vector<const Problem*>> own_problems_;
  std::map<CellKey, std::vector<const Problem*>> pair_problems_;
};

}  // namespace astray::watch
