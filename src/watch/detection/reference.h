#pragma once
// What an answer is held against where the past or other nodes tell what it should be.
#include <vector>

#include "watch/detection/aspects.h"
#include "watch/detection/round_view.h"

namespace astray::watch {

class Reference {
 public:
  enum class Source : uint8_t {
    none,   ///< nothing tells: the answer is the first of its kind
    past,   ///< what the node itself answered
    peers,  ///< what most other nodes answer; the node was never asked before
  };

  Source source() const { return source_; }
  /// As far as a problem of this kind is concerned; null: nothing tells.
  const CellAnswer* expected(ProblemKind kind) const;
  /// Whether what `aspect` tells of the answer is not what it should be, and was not so before: what has
  /// stayed is no news, unless a problem of this kind is under way.
  template <typename Aspect>
  bool differs(ProblemKind kind, const CellAnswer& now, Aspect aspect) const {
    const CellAnswer* should_be = expected(kind);
    if (should_be == nullptr) return false;
    const auto shown = aspect(now);
    if (shown == aspect(*should_be)) return false;
    return unchanged_ == nullptr || under_way(kind) != nullptr || shown != aspect(*unchanged_);
  }
  /// A problem of this kind, or a mere difference between nodes, that covers the record. Null: there is none.
  const Problem* under_way(ProblemKind kind) const;

 private:
  friend Reference reference_of(const RoundView& view, size_t record);

  Source source_ = Source::none;
  const CellAnswer* expected_ = nullptr;
  const CellAnswer* unchanged_ = nullptr;
  std::vector<const Problem*> covering_;
  AlpnOffer alpn_ = AlpnOffer::h2;
};

/// What was before the problem that covers the record; else what most other nodes were used to answer; else
/// what this node was. Whoever falls into line with the others is no offender, and a fault that goes from
/// node to node is not made right by those that it has reached.
Reference reference_of(const RoundView& view, size_t record);

}  // namespace astray::watch
