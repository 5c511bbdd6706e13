#pragma once
#include <string>
#include <string_view>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "report/palette.h"

namespace astray {

/// How one of the two streams is shown.
struct ConsoleStream {
  Output& output;
  Palette palette;
  bool terminal = false;
  int columns = 100;  ///< of the terminal; what plain text is wrapped to elsewhere
};

/// The two streams: results alone on `out`, everything else on `err`.
struct Console {
  ConsoleStream out;
  ConsoleStream err;

  /// "astray: …" on err, at once.
  void complain(std::string_view message);
  void note(std::string_view message);
  /// Complains, and gives the status to end with.
  ExitCode fail(std::string_view message);
};

/// Whether a stream gets colours: --color wins, then NO_COLOR (no-color.org), then CLICOLOR_FORCE, then
/// whether it is a terminal that is not "dumb".
Palette choose_palette(std::string_view color_option, int descriptor);
bool is_terminal(int descriptor);
/// COLUMNS, or the terminal's own answer, or 100; from 40 to 160, so that lines stay readable.
int columns_of_terminal(int descriptor);

}  // namespace astray
