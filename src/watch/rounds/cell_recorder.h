#pragma once
// From a cell of probe/ to what a round keeps of it.
#include <optional>
#include <span>
#include <vector>

#include "probe/summary.h"
#include "report/probe_formats.h"
#include "watch/model/cell_record.h"

namespace astray::watch {

/// Nothing for questions that a key cannot tell apart: odd placements of the name, offered sessions, an empty Host.
std::optional<CellKey> key_of(const ConnectionQuestion& connection, const RequestQuestion& request);
CellAnswer answer_of(const ProbeCell& cell);
/// With its evidence, where the answer is not a good one. The key is key_of()'s.
CellRecord record_of(const ProbeCell& cell, CellKey key, const ProbeReport& report);
CertificateRecord record_of(const Certificate& certificate);
/// One for each pair of the outlook that a client would put together, or that certificates or addresses keep apart.
std::vector<CoalescibleRecord> coalescible_records(std::span<const OutlookRow> outlook);

}  // namespace astray::watch
