#pragma once
// Whose page an answer is, told by digests of pages: what tells a default virtual host, or the wrong back,
// where the name's own connection is answered with status 200 as ever.
#include <string>
#include <string_view>

#include "probe/cell.h"
#include "watch/model/round_record.h"

namespace astray::watch {

/// For CellAnswer::page: of a name's own answer and of what unknown names get; "" for every other cell, and
/// where no page came.
std::string page_of(const ProbeCell& cell);
/// The same page, be it that each repeats the name it was asked for. False where either is "".
bool is_same_page(std::string_view a, std::string_view b);

/// Once all cells of the round are in: takes out the pages that change from one request to the next, as those
/// with nonces or dates do. A page stays when a second own answer of the name in this round (in another
/// protocol, or of another node) was the same.
void keep_steady_pages(RoundRecord& round);

}  // namespace astray::watch
