#include "cli/console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "report/printable.h"

namespace astray {
namespace {

std::string_view variable_or_nothing(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view(value);
}

}  // namespace

void Console::complain(std::string_view message) {
  err.output.write(
      fmt::format("{} {}\n", err.palette.paint(Role::error, "astray:"), printable_lines(message)));
  err.output.flush();
}

void Console::note(std::string_view message) {
  err.output.write(fmt::format("{} {}\n", err.palette.paint(Role::info, "note:"), printable_lines(message)));
  err.output.flush();
}

ExitCode Console::fail(std::string_view message) {
  complain(message);
  return ExitCode::failure;
}

bool is_terminal(int descriptor) {
  return isatty(descriptor) == 1;
}

Palette choose_palette(std::string_view color_option, int descriptor) {
  if (color_option == "always") return Palette(Palette::Kind::ansi);
  if (color_option == "never") return Palette();
  if (!variable_or_nothing("NO_COLOR").empty()) return Palette();
  if (const std::string_view force = variable_or_nothing("CLICOLOR_FORCE"); !force.empty() && force != "0") {
    return Palette(Palette::Kind::ansi);
  }
  if (is_terminal(descriptor) && variable_or_nothing("TERM") != "dumb") return Palette(Palette::Kind::ansi);
  return Palette();
}

int columns_of_terminal(int descriptor) {
  int columns = 0;
  const std::string_view stated = variable_or_nothing("COLUMNS");
  std::from_chars(stated.data(), stated.data() + stated.size(), columns);
  winsize size{};
  if (columns <= 0 && ioctl(descriptor, TIOCGWINSZ, &size) == 0) columns = size.ws_col;
  if (columns <= 0) columns = 100;
  return std::clamp(columns, 40, 160);
}

}  // namespace astray
