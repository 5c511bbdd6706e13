#pragma once
// The options about what is read, which `audit` and `predict` share.
#include <array>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/server_choice.h"
#include "servers/model/file_source.h"

namespace astray {

inline constexpr Option input_options[] = {
    {.name = "--server",
     .value = "[FILE=]KIND[@VERSION]",
     .help = "What the configuration is for, such as nginx@1.22.1 or httpd@2.4.66, or astray for a gateway "
             "of this version. Without it the "
             "kind is recognised, "
             "and the newest version that astray models is assumed and said. FILE= names one of several "
             "configurations.",
     .kind = ValueKind::server,
     .repeat = Repeat::any_number},
    {.name = "--binary",
     .value = "PATH",
     .help =
         "Run PATH -v, without a shell, and take kind and version from what it prints. Nothing is ever run "
         "without this option.",
     .kind = ValueKind::file,
     .repeat = Repeat::any_number},
    {.name = "--define",
     .value = "NAME",
     .help = "A name that httpd is started with (httpd -D NAME), or NAME=VALUE of HAProxy's or Caddy's environment.",
     .kind = ValueKind::text,
     .repeat = Repeat::any_number},
    {.name = "--prefix",
     .value = "DIR",
     .help = "The folder that relative paths start from (nginx -p, httpd ServerRoot). Without it the folder "
             "of the main "
             "file, or what the configuration says.",
     .kind = ValueKind::directory},
    {.name = "--root",
     .value = "DIR",
     .help =
         "Look for absolute paths below this folder: the unpacked image of a container, a backup. CONFIG is "
         "then a path in there, such as /etc/nginx.",
     .kind = ValueKind::directory},
    {.name = "--max-file-size",
     .value = "MIB",
     .help = "Refuse configuration files that are larger than this many MiB.",
     .kind = ValueKind::text,
     .default_value = "128"},
};

/// A command's own options with the shared ones behind them.
template <size_t own_count, size_t shared_count>
constexpr std::array<Option, own_count + shared_count> with_shared(const Option (&own)[own_count],
                                                                   const Option (&shared)[shared_count]) {
  std::array<Option, own_count + shared_count> all{};
  for (size_t i = 0; i < own_count; ++i) all[i] = own[i];
  for (size_t i = 0; i < shared_count; ++i) all[own_count + i] = shared[i];
  return all;
}

struct InputOptions {
  std::vector<ServerChoice> choices;  ///< --server and --binary
  std::string prefix;
  std::string root;  ///< absolute, without a slash at its end; "" for the machine's own
  std::vector<std::string> defines;
  size_t max_file_size = DiskFiles::default_max_file_size;
};

/// An Error for a --server, --binary or --max-file-size that cannot be understood.
Result<InputOptions> parse_input_options(const Arguments& arguments);

}  // namespace astray
