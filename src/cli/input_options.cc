#include "cli/input_options.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "report/printable.h"

namespace astray {
namespace {

Result<std::string> parse_root(std::string_view text) {
  if (text.empty()) return std::string();
  std::error_code error;
  const std::filesystem::path root = std::filesystem::canonical(std::string(text), error);
  if (error || !std::filesystem::is_directory(root, error))
    return failure(fmt::format("--root {}: there is no such folder", printable(text)));
  return root == "/" ? std::string() : root.string();
}

}  // namespace

Result<InputOptions> parse_input_options(const Arguments& arguments) {
  InputOptions parsed;
  Result<std::string> root = parse_root(arguments.value("--root"));
  if (!root) return tl::unexpected(root.error());
  parsed.root = std::move(*root);
  parsed.prefix = arguments.value("--prefix");
  parsed.defines = arguments.values("--define");
  for (const std::string& text : arguments.values("--server")) {
    Result<ServerChoice> choice = parse_server_choice(text);
    if (!choice) return tl::unexpected(choice.error());
    parsed.choices.push_back(std::move(*choice));
  }
  for (const std::string& path : arguments.values("--binary")) {
    const Result<BinaryVersion> binary = version_of_binary(path);
    if (!binary) return tl::unexpected(binary.error());
    parsed.choices.push_back({"", binary->server, binary->version, VersionBasis::from_binary});
  }
  const std::string_view size = arguments.value("--max-file-size");
  size_t mebibytes = 0;
  const auto [end, problem] = std::from_chars(size.data(), size.data() + size.size(), mebibytes);
  if (problem != std::errc{} || end != size.data() + size.size() || mebibytes == 0 ||
      mebibytes > (size_t{1} << 20)) {
    return failure(
        fmt::format("--max-file-size {}: expected a whole number of MiB from 1 to 1048576", printable(size)));
  }
  parsed.max_file_size = mebibytes << 20;
  return parsed;
}

}  // namespace astray
