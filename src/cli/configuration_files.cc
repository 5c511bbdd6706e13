#include "cli/configuration_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "servers/nginx/config_files.h"

namespace astray {
namespace {

/// A path as the standard input's, however a reader completed it ("/etc/nginx/(standard input)").
bool is_standard_input(std::string_view path) {
  return path.ends_with(ConfigurationFiles::standard_input);
}

}  // namespace

void ConfigurationFiles::set_standard_input(std::string text) {
  standard_input_ = std::move(text);
}

FileSource::Kind ConfigurationFiles::kind(const std::string& path) {
  if (standard_input_ && is_standard_input(path)) return Kind::file;
  return disk_.kind(path);
}

Result<std::string> ConfigurationFiles::read(const std::string& path) {
  Result<std::string> text =
      standard_input_ && is_standard_input(path) ? Result<std::string>(*standard_input_) : disk_.read(path);
  if (text && read_.insert(path).second) {
    read_absolute_.insert(resolve_path(std::filesystem::current_path().string(), path));
    if (nginx::is_configuration_dump(*text)) dumps_.push_back(path);
  }
  progress_.step("reading configurations", read_.size(), "files");
  return text;
}

bool ConfigurationFiles::was_read(const std::string& path) const {
  return read_absolute_.contains(resolve_path(std::filesystem::current_path().string(), path));
}

std::vector<std::string> ConfigurationFiles::glob(const std::string& pattern) {
  return disk_.glob(pattern);
}

std::optional<std::string> ConfigurationFiles::text_of(const std::string& file) {
  if (std::optional<std::string> text = text_in_dumps(file)) return text;
  std::string found;
  if (read_.contains(file)) {
    found = file;
  } else {
    // A copy of a server's file system below another folder: "/etc/nginx/x" was read as "copy/etc/nginx/x". A
    // relative path was read from where astray runs.
    const std::string tail = file.starts_with('/') ? file : "/" + file;
    for (const std::string& path : read_) {
      if (path.ends_with(tail) && (found.empty() || path.size() < found.size())) found = path;
    }
    if (found.empty()) {
      const std::string absolute = resolve_path(std::filesystem::current_path().string(), file);
      for (const std::string& path : read_) {
        if (resolve_path(std::filesystem::current_path().string(), path) == absolute) found = path;
      }
    }
  }
  if (found.empty()) return std::nullopt;
  Result<std::string> text =
      standard_input_ && is_standard_input(found) ? Result<std::string>(*standard_input_) : disk_.read(found);
  if (!text) return std::nullopt;
  return std::move(*text);
}

std::optional<std::string> ConfigurationFiles::text_in_dumps(const std::string& file) {
  for (const std::string& dump : dumps_) {
    Result<std::string> text =
        standard_input_ && is_standard_input(dump) ? Result<std::string>(*standard_input_) : disk_.read(dump);
    if (!text) continue;
    SourceFiles names;
    nginx::Problems problems;
    nginx::ConfigFiles files(*this, names, problems);
    files.use_dump(std::move(*text));
    if (const auto part = files.open(file)) return std::string(part->bytes);
  }
  return std::nullopt;
}

Result<std::string> read_descriptor(int descriptor, size_t max_bytes, std::string_view name) {
  std::string text;
  while (true) {
    char piece[1 << 16];
    const ssize_t size = ::read(descriptor, piece, sizeof piece);
    if (size == 0) return text;
    if (size < 0) {
      if (errno == EINTR) continue;
      return failure(fmt::format("cannot read {}: {}", name, std::strerror(errno)));
    }
    text.append(piece, static_cast<size_t>(size));
    if (text.size() > max_bytes) {
      return failure(
          fmt::format("{} is longer than the {} MiB that a configuration may have; raise --max-file-size",
                      name, max_bytes >> 20));
    }
  }
}

}  // namespace astray
