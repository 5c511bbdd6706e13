#pragma once
#include <span>
#include <string>

#include "watch/model/problem.h"

namespace astray::watch {

/// One alert of Alertmanager's API v2. Labels are its identity there, so only what stays the same while the
/// problem lasts is one.
struct Alert {
  Problem problem;
  Instant ends;  ///< in the future while the problem lasts: without a word from us by then it is over
};

/// Label values and annotations are cut to these sizes, in bytes.
inline constexpr size_t most_label_bytes = 256;
inline constexpr size_t most_annotation_bytes = 2048;

/// The body of POST /api/v2/alerts.
std::string alerts_json(std::span<const Alert> alerts);
/// "AstrayCertificateGap".
std::string alert_name(ProblemKind kind);

}  // namespace astray::watch
