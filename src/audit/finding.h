#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verdict/reason.h"

namespace astray {

/// error: a request will be misrouted, refused on a correct client, or pass a check it should not;
/// warning: some clients will see a 421, 404 or handshake alert; info: an overlap that is consistent today.
enum class Severity : uint8_t { error, warning, info };
std::string_view to_string(Severity severity);

/// high: behaviour proved or fully stated in the configuration; medium: an assumption (stated in the message) is
/// needed, such as equal addresses without DNS; low: a part could not be known.
enum class Confidence : uint8_t { high, medium, low };
std::string_view to_string(Confidence confidence);

/// A place in one of the audited configurations, resolved for people and machines.
struct Place {
  std::string file;
  uint32_t line = 0, column = 0;  ///< from 1; 0: unknown
  std::string what;               ///< "server block of open.test"
  bool known() const { return !file.empty(); }
};

/// What one client will see.
struct PredictedAnswer {
  std::string client;     ///< profile id: "chromium-h2"; or "every client"
  std::string expected;   ///< a sentence: "coalesces and gets 421, then retries on a fresh connection"
  int status = 0;         ///< final status that the person sees; 0: the site's own answer, or none
  Reason reason = Reason::configuration_unknowable;
};

struct Fix {
  std::string advice;      ///< one sentence
  std::string directives;  ///< concrete configuration lines, ready to paste; may be empty
  Place place;             ///< where they go
};

struct Finding {
  std::string_view rule_id;       ///< "AST001"
  Severity severity = Severity::warning;
  Confidence confidence = Confidence::high;
  std::string from_name;          ///< the name whose connection carries the request (or the front's name)
  std::string to_name;            ///< the name that is misdirected; "" for rules about one name
  std::string message;            ///< what will happen, naming both names, the hop and why
  Place place;                    ///< what to look at first
  std::vector<Place> related;     ///< the other place of a pair, the hop behind, …
  std::vector<PredictedAnswer> answers;
  Fix fix;
  size_t further = 0;             ///< further pairs of the same kind that this finding stands for
  bool waived = false;
  std::string waiver_reason;
};

}  // namespace astray
