#include "servers/nginx/config_files.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

namespace astray::nginx {
namespace {

constexpr std::string_view marker = "# configuration file ";

// The path of a marker line, "" if the line is none.
std::string_view marked_path(std::string_view line) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  if (!line.starts_with(marker) || !line.ends_with(':')) return {};
  line.remove_prefix(marker.size());
  line.remove_suffix(1);
  return line.starts_with('/') ? line : std::string_view();
}

struct NextLine {
  std::string_view line;
  size_t next;
};

NextLine line_at(std::string_view text, size_t position) {
  const size_t end = text.find('\n', position);
  if (end == std::string_view::npos) return {text.substr(position), text.size()};
  return {text.substr(position, end - position), end + 1};
}

// UTF-16 and UTF-32 show as a byte order mark, or as a NUL in one of the first characters.
bool looks_like_utf16(std::string_view bytes) {
  if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) return true;
  const std::string_view start = bytes.substr(0, 64);
  const auto zeros = static_cast<size_t>(std::count(start.begin(), start.end(), '\0'));
  return start.size() >= 4 && zeros * 3 >= start.size();
}

}  // namespace

bool is_configuration_dump(std::string_view text) {
  // Before the first marker stand at most the lines of `nginx -t` ("… syntax is ok") and blank ones.
  constexpr int lines_to_look_at = 20;
  size_t position = 0;
  for (int i = 0; i < lines_to_look_at && position < text.size(); ++i) {
    const NextLine line = line_at(text, position);
    if (!marked_path(line.line).empty()) return true;
    position = line.next;
  }
  return false;
}

std::string ConfigFiles::use_dump(std::string text) {
  const std::string_view all = texts_.emplace_back(std::move(text));
  std::string main_path;
  std::string current;
  size_t start = 0;
  const auto finish = [&](size_t end) {
    if (!current.empty()) dumped_.emplace(current, all.substr(start, end - start));
  };
  for (size_t position = 0; position < all.size();) {
    const NextLine line = line_at(all, position);
    const std::string_view path = marked_path(line.line);
    if (!path.empty()) {
      finish(position);
      current = resolve_path("/", path);
      if (main_path.empty()) main_path = current;
      start = line.next;
    }
    position = line.next;
  }
  finish(all.size());
  return main_path;
}

void ConfigFiles::use_text(const std::string& path, std::string text) {
  opened_.insert_or_assign(path, judge(path, texts_.emplace_back(std::move(text))));
}

std::string ConfigFiles::locate(const std::string& path) {
  if (root_.empty() || !path.starts_with('/') || path.starts_with(root_ + "/")) return path;
  std::string below = root_ + path;
  return source_.kind(below) == FileSource::Kind::missing ? path : below;
}

ConfigFiles::Text ConfigFiles::admit(const std::string& path, std::string_view bytes) {
  Text text{names_.add(path), bytes};
  if (bytes.starts_with("\xef\xbb\xbf")) {
    problems_.error({text.file, 1, 1},
                    "the file starts with a UTF-8 byte order mark, which nginx takes for a part of the first "
                    "directive's name; save it without one (read here as if it were not there)");
    text.bytes.remove_prefix(3);
  }
  if (const size_t zero = bytes.find('\0'); zero != std::string_view::npos) {
    const auto line = static_cast<uint32_t>(
        1 + std::count(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(zero), '\n'));
    const size_t line_start = zero == 0 ? std::string_view::npos : bytes.rfind('\n', zero - 1);
    const size_t column = line_start == std::string_view::npos ? zero + 1 : zero - line_start;
    problems_.error({text.file, line, static_cast<uint32_t>(column)},
                    "a NUL byte: a configuration is plain text; remove it (nginx cuts the word short there)");
  }
  return text;
}

Result<ConfigFiles::Text> ConfigFiles::judge(const std::string& path, std::string_view bytes) {
  if (looks_like_utf16(bytes))
    return failure(
        fmt::format("{}: is not text in ASCII or UTF-8 (it looks like UTF-16, or a binary file); "
                    "save it as UTF-8 without byte order mark",
                    path));
  return admit(path, bytes);
}

const Result<ConfigFiles::Text>& ConfigFiles::open(const std::string& path) {
  if (const auto known = opened_.find(path); known != opened_.end()) return known->second;
  return opened_.emplace(path, read(path)).first->second;
}

Result<ConfigFiles::Text> ConfigFiles::read(const std::string& path) {
  if (from_dump()) {
    const auto found = dumped_.find(path);
    if (found == dumped_.end())
      return failure(fmt::format("{}: is not part of this `nginx -T` output; write it again, whole", path));
    return judge(path, found->second);
  }
  Result<std::string> text = source_.read(path);
  if (!text) return tl::unexpected(text.error());
  return judge(path, texts_.emplace_back(std::move(*text)));
}

const std::vector<std::string>& ConfigFiles::matches(const std::string& pattern) {
  const auto [entry, is_new] = globbed_.try_emplace(pattern);
  if (!is_new) return entry->second;
  if (from_dump()) {
    for (const auto& [path, bytes] : dumped_)
      if (fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0)
        entry->second.push_back(path);
    return entry->second;
  }
  if (!root_.empty() && pattern.starts_with('/') && !pattern.starts_with(root_ + "/"))
    entry->second = source_.glob(root_ + pattern);
  if (entry->second.empty()) entry->second = source_.glob(pattern);
  return entry->second;
}

}  // namespace astray::nginx
