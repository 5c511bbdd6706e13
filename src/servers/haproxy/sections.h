#pragma once
// A configuration cut into its sections (global, defaults, frontend, …), with conditional blocks decided and
// environment variables replaced as far as they are known.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/source_span.h"
#include "servers/haproxy/problems.h"
#include "servers/haproxy/words.h"
#include "servers/model/file_source.h"
#include "servers/model/version.h"

namespace astray::haproxy {

struct Line {
  SourceFileId file = SourceFileId::none;
  uint32_t number = 0;
  std::vector<Word> words;  ///< at least one

  std::string_view keyword() const { return words.front().text; }
  /// The word's text, "" where there is none.
  std::string_view word(size_t i) const { return i < words.size() ? std::string_view(words[i].text) : ""; }
  SourceSpan span(size_t i = 0) const { return {file, number, i < words.size() ? words[i].column : 1}; }
};

enum class SectionKind : uint8_t { global, defaults, frontend, backend, listen, other };

struct Section {
  SectionKind kind = SectionKind::other;
  std::string name;         ///< "" where it has none
  std::string from;         ///< the defaults section it names with `from`
  SourceSpan span;
  std::vector<Line> lines;  ///< without the section's own
  bool complete = true;     ///< false: whether some lines belong to it depends on what nobody knows
};

struct Sections {
  std::vector<Section> all;
  Environment environment;
};

/// The files of one configuration, in the order in which HAProxy reads them: `path` itself, or the *.cfg files of
/// the folder, sorted (`haproxy -f FOLDER`). A folder that has haproxy.cfg, or etc/haproxy/haproxy.cfg, is that
/// file's. Empty: there is none.
std::vector<std::string> configuration_files(FileSource& files, std::string_view path);

/// Whether the text starts as HAProxy's configurations do.
bool looks_like_haproxy(std::string_view text);

/// Fails when a file cannot be read at all. `given`: NAME=VALUE of the environment, and NAME that is set.
Result<Sections> read_sections(const std::vector<std::string>& paths, FileSource& files, Version version,
                               const std::vector<std::string>& given, SourceFiles& names, Problems& problems);

}  // namespace astray::haproxy
