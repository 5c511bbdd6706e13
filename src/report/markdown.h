#pragma once
#include <string>
#include <string_view>

#include "report/palette.h"

namespace astray {

/// A page in the Markdown that astray's own pages are written in (headings, paragraphs, lists, code, tables),
/// laid out for a terminal: wrapped, headings and code told apart by colour.
std::string render_markdown(std::string_view markdown, int columns, const Palette& palette);

}  // namespace astray
