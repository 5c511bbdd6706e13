#include "cli/command_line.h"

int main(int argc, char** argv) {
  return static_cast<int>(astray::run_command_line({argv + (argc > 0 ? 1 : 0), argv + argc}));
}
