#pragma once
// One cell as it is reported: question, answer, and what the answer means.
#include <cstdint>
#include <string>
#include <string_view>

#include "probe/observation.h"
#include "probe/question.h"
#include "servers/model/behaviour.h"
#include "verdict/hop_fingerprint.h"
#include "verdict/reason.h"

namespace astray {

/// What an answer means for the one who asked.
enum class CellVerdict : uint8_t {
  own,                    ///< the asked name's own answer
  indistinct,             ///< answered, with what other names answer alike: nothing tells them apart
  default_answer,         ///< nobody's name was asked, and some virtual host answered
  misdirected,            ///< another virtual host's content or certificate
  authentication_bypass,  ///< served without the client certificate that the name demands
  false_421,              ///< 421 on a fresh connection whose SNI is the authority
  rejected_421,
  rejected_400,
  rejected_403,
  rejected_404,
  rejected_handshake,  ///< by a TLS alert
  other_protocol,      ///< FTP or SMTP answered
  failed,              ///< no answer: the observation's failure says why
  could_not_tell,
};
std::string_view to_string(CellVerdict verdict);
/// One letter for a matrix: 'o' own, 'M' misdirected, …; unique.
char letter_of(CellVerdict verdict);
/// Whether it makes the run exit with 1.
bool is_misdirection(CellVerdict verdict);

/// How the answer and a configuration's prediction relate (--against).
enum class Agreement : uint8_t { not_predicted, unknowable, agrees, differs };
std::string_view to_string(Agreement agreement);

struct Prediction {
  /// Which of the predictor's sites, and its listener; meaningful unless not_predicted.
  size_t site = 0;
  ListenerId listener = ListenerId::none;
  Agreement agreement = Agreement::not_predicted;
  Expected expected{};       ///< meaningful unless not_predicted
  std::string virtual_host;  ///< label of the predicted one
  std::string source;  ///< what in the configuration decided: "nginx.conf:12:3"; "" when nothing states it
  std::string difference;  ///< "status: predicted 421, was 200"; "" when it agrees
  /// Whose configuration said so: the places in `expected` are its. Null: the places cannot be named.
  const Deployment* deployment = nullptr;
};

struct ProbeCell {
  uint64_t id = 0;                                 ///< number of the cell in the plan, from 1
  const ConnectionQuestion* connection = nullptr;  ///< borrowed while the cell is handed over
  const RequestQuestion* request = nullptr;
  Observation seen;
  CellVerdict verdict = CellVerdict::could_not_tell;
  Reason reason =
      Reason::facts_missing;  ///< the vocabulary's word for it, also where a client would have retried
  std::string sentence;       ///< one sentence for people
  std::string answered_as;    ///< the known name whose own answer this is; "" when not told
  HopSoftware answered_by = HopSoftware::none;  ///< of a 421
  Prediction prediction;
};

}  // namespace astray
