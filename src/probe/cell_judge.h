#pragma once
// What one answer means, held against the names' own answers.
#include <string>

#include "probe/baselines.h"
#include "probe/cell.h"
#include "probe/name_table.h"

namespace astray {

/// Whether the question asks for a name's own answer: fresh, SNI = Host = name, everything spelled plainly.
bool is_baseline(const ConnectionQuestion& connection, const RequestQuestion& request);

/// Whether a connection that had carried an answer before was over when this request came: many servers close
/// after a 400. Nobody has answered the question then.
bool is_cut_short(const ConnectionQuestion& connection, const Observation& seen);

/// A cell before it is judged. Borrows.
struct UnjudgedCell {
  NodeIndex node;
  const ConnectionQuestion& connection;
  const RequestQuestion& request;
  const Observation& seen;
  AnswerPrint print;
  NameId sni;  ///< known name that the SNI spells; none in clear
  NameId
      asked;  ///< known name that the request asks for (RFC 9112 §3.2.2, RFC 9113 §8.3.1: not always Host's)
  NameId rival;  ///< the second name of a conflict
};

/// A page or a redirection, no error.
bool is_content(int status);
bool covers(const Certificate& certificate, const std::string& name);
/// What was asked and with what status it was answered, as the beginning of a sentence.
std::string answered(const UnjudgedCell& cell);

struct Judgement {
  CellVerdict verdict = CellVerdict::could_not_tell;
  Reason reason = Reason::facts_missing;
  NameId answered_as = NameId::none;
  std::string sentence{};
};

/// Borrows both; a baseline is judged before it is added.
class CellJudge {
 public:
  CellJudge(const Baselines& baselines, const NameTable& names) : baselines_(baselines), names_(names) {}
  Judgement judge(const UnjudgedCell& cell) const;

 private:
  Judgement judge_failure(const UnjudgedCell& cell) const;
  Judgement judge_421(const UnjudgedCell& cell) const;
  Judgement judge_400(const UnjudgedCell& cell) const;
  Judgement judge_unnamed(const UnjudgedCell& cell) const;
  Judgement judge_baseline(const UnjudgedCell& cell) const;
  Judgement judge_rejection(const UnjudgedCell& cell) const;
  Judgement judge_protected(const UnjudgedCell& cell) const;
  Judgement judge_content(const UnjudgedCell& cell) const;

  Judgement own(const UnjudgedCell& cell, bool distinct) const;
  Judgement misdirected(const UnjudgedCell& cell, NameId owner) const;
  Judgement unmatched(const UnjudgedCell& cell) const;

  /// A known name that the certificate covers.
  NameId first_covered(const Certificate& certificate) const;
  /// Why a 421 may have been said on a connection of another name.
  Reason reason_of_421(const UnjudgedCell& cell) const;
  const Baseline* own_baseline(const UnjudgedCell& cell) const;
  const Baseline* sni_baseline(const UnjudgedCell& cell) const;
  /// The name is known to be refused without a client certificate that is not at hand.
  bool is_protected(const UnjudgedCell& cell) const;

  const Baselines& baselines_;
  const NameTable& names_;
};

}  // namespace astray
