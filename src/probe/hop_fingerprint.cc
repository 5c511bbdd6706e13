#include "probe/hop_fingerprint.h"

namespace astray {

HopSoftware hop_of(const Observation& seen) {
  return hop_of(AnswerSigns{.status = seen.status,
                            .body = seen.body.excerpt,
                            .body_bytes = seen.body.bytes,
                            .server = seen.server,
                            .via = seen.via,
                            .content_type = seen.content_type,
                            .nosniff = seen.nosniff});
}

}  // namespace astray
