#include <fmt/format.h>

#include <algorithm>

#include "servers/httpd/tree_reader.h"
#include "servers/httpd/words.h"

namespace astray::httpd {
namespace {

/// As apr_fnmatch_test: '*', '?', or '[' with a ']' behind it; a backslash takes the next character's
/// meaning.
bool has_wildcard(std::string_view text) {
  bool in_brackets = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*' || text[i] == '?') return true;
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '[')
      in_brackets = true;
    else if (text[i] == ']' && in_brackets)
      return true;
  }
  return false;
}

std::string joined(const std::string& folder, std::string_view name) {
  std::string path = folder;
  if (!path.ends_with('/')) path += '/';
  path += name;
  return path;
}

std::string_view last_component(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// Everything in a folder but "." and "..", sorted by byte.
std::vector<std::string> entries(FileSource& files, const std::string& folder) {
  std::vector<std::string> found = files.glob(joined(folder, "*"));
  for (std::string& path : files.glob(joined(folder, ".*")))
    if (last_component(path) != "." && last_component(path) != "..") found.push_back(std::move(path));
  std::sort(found.begin(), found.end());
  return found;
}

// A tree of folders deeper than this is a loop of links (AP_MAX_FNMATCH_DIR_DEPTH).
constexpr size_t max_folder_depth = 20;

}  // namespace

void TreeReader::include(std::string_view arguments, SourceSpan span, bool optional) {
  std::vector<std::string_view> words = words_of(arguments, arena_);
  if (words.size() != 1 || words[0].empty()) {
    problems_.error(
        span,
        "Include takes one path (in quotes when it has blanks); it is left out, and httpd refuses to start");
    return;
  }
  if (open_files_.size() > limits_.include_depth) {
    problems_.error(span,
                    fmt::format("includes nest more than {} deep, so {} is left out; httpd refuses to start",
                                limits_.include_depth, words[0]));
    return;
  }
  std::string path = resolve_path(server_root_, words[0]);
  if (!has_wildcard(path)) return include_path(path, span, optional, 0);
  include_matches("/", std::string_view(path).substr(1), span, optional);
}

void TreeReader::include_matches(const std::string& folder, std::string_view pattern, SourceSpan span,
                                 bool optional) {
  size_t slash = pattern.find('/');
  std::string_view component = pattern.substr(0, slash);
  std::string_view rest = slash == std::string_view::npos ? std::string_view() : pattern.substr(slash + 1);
  if (!has_wildcard(component)) {
    std::string path = joined(folder, component);
    return rest.empty() ? include_path(path, span, optional, 0) : include_matches(path, rest, span, optional);
  }
  bool is_folder = files_.kind(folder) == FileSource::Kind::directory;
  std::vector<std::string> found;
  if (is_folder) found = files_.glob(joined(folder, component));
  // In front of further components only folders count.
  if (!rest.empty())
    std::erase_if(found,
                  [&](const std::string& path) { return files_.kind(path) != FileSource::Kind::directory; });
  if (found.empty() && !optional)
    problems_.error(
        span, is_folder
                  ? fmt::format("nothing in {} matches {}; httpd refuses to start: repair the path, or use "
                                "IncludeOptional",
                                folder, component)
                  : fmt::format("the folder {} does not exist; httpd refuses to start: repair the path, or "
                                "use IncludeOptional",
                                folder));
  std::sort(found.begin(), found.end());
  for (const std::string& path : found) {
    if (stopped_) return;
    if (rest.empty())
      include_path(path, span, optional, 0);
    else
      include_matches(path, rest, span, optional);
  }
}

void TreeReader::include_path(const std::string& path, SourceSpan span, bool optional, size_t depth) {
  if (stopped_) return;
  FileSource::Kind kind = files_.kind(path);
  if (kind == FileSource::Kind::directory) {
    if (depth >= max_folder_depth) {
      problems_.error(span,
                      fmt::format("folders nest more than {} deep below the included one, so {} is left out",
                                  max_folder_depth, path));
      return;
    }
    for (const std::string& entry : entries(files_, path)) include_path(entry, span, optional, depth + 1);
    return;
  }
  if (kind == FileSource::Kind::missing && optional) return;
  if (std::find(open_files_.begin(), open_files_.end(), path) != open_files_.end()) {
    problems_.error(
        span, fmt::format("{} includes itself, so this include is left out; httpd refuses to start", path));
    return;
  }
  if (++includes_ > limits_.includes) {
    stopped_ = true;
    problems_.error(
        span, fmt::format("more than {} files are included, so the rest is left out", limits_.includes));
    return;
  }
  Result<SourceFileId> read = read_file(path);
  if (!read) problems_.error(span, "an included file is left out: " + read.error().message);
}

Result<SourceFileId> TreeReader::read(const std::string& path) {
  return read_file(path);
}

Result<TreeReader::ReadFile> TreeReader::open(const std::string& path) {
  if (auto known = read_files_.find(path); known != read_files_.end()) return known->second;
  Result<std::string> bytes = files_.read(path);
  if (!bytes) return tl::unexpected(bytes.error());
  bool is_below = !shown_folder_.empty() && path.starts_with(shown_folder_);
  ReadFile opened{file_names_.add(is_below ? path.substr(shown_folder_.size()) : path),
                  texts_.emplace_back(std::move(*bytes))};
  if (opened.text.starts_with("\xFE\xFF") || opened.text.starts_with("\xFF\xFE")) {
    problems_.error({opened.file, 1, 1},
                    "the file is UTF-16, which httpd cannot read, so it is left out; convert it to UTF-8");
    opened.text = {};
  } else if (opened.text.starts_with("\xEF\xBB\xBF")) {
    problems_.error({opened.file, 1, 1},
                    "the file begins with a byte order mark, which httpd takes for part of the first "
                    "directive and refuses to start; it is skipped here: remove it");
    opened.text.remove_prefix(3);
  }
  read_files_.emplace(path, opened);
  return opened;
}

Result<SourceFileId> TreeReader::read_file(const std::string& path) {
  Result<ReadFile> opened = open(path);
  if (!opened) return tl::unexpected(opened.error());
  LineReader lines(opened->text, opened->file, arena_);
  open_files_.push_back(path);
  read_lines(lines);
  open_files_.pop_back();
  if (lines.nul())
    problems_.error(*lines.nul(), "a NUL byte hides the rest of its line from httpd; remove it");
  if (lines.too_long())
    problems_.error(*lines.too_long(),
                    fmt::format("a line of more than {} MiB is left out; httpd refuses to start",
                                LineReader::max_line >> 20));
  return opened->file;
}

}  // namespace astray::httpd
