#include "cli/waivers_file.h"

#include <fmt/format.h>

#include <filesystem>

#include "report/printable.h"
#include "servers/model/file_source.h"

namespace astray {

namespace fs = std::filesystem;

namespace {

std::optional<std::string> nearest_above(const std::string& configuration) {
  std::error_code error;
  fs::path folder =
      configuration == "-" ? fs::current_path(error) : fs::absolute(configuration, error).lexically_normal();
  if (configuration != "-" && !fs::is_directory(folder, error)) folder = folder.parent_path();
  while (!folder.empty()) {
    const fs::path candidate = folder / waivers_file_name;
    if (fs::is_regular_file(candidate, error)) return candidate.string();
    if (folder == folder.root_path()) break;
    folder = folder.has_filename() ? folder.parent_path() : folder.parent_path().parent_path();
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<std::string>> find_waivers_file(const std::vector<std::string>& configurations) {
  std::optional<std::string> found;
  for (const std::string& configuration : configurations) {
    std::optional<std::string> next = nearest_above(configuration);
    if (!next || next == found) continue;
    if (found) {
      return failure(
          fmt::format("two waiver files apply, {} and {}; say which one counts with --waivers FILE, or use "
                      "--no-waivers",
                      printable(*found), printable(*next)));
    }
    found = std::move(next);
  }
  return found;
}

Result<Waivers> read_waivers(const std::string& path) {
  Result<std::string> text = DiskFiles().read(path);
  if (!text) return failure("waivers: " + text.error().message);
  return Waivers::parse(*text, path);
}

}  // namespace astray
