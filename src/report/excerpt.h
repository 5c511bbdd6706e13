#pragma once
#include <span>
#include <string>

#include "audit/finding.h"
#include "report/palette.h"
#include "report/source_text.h"

namespace astray {

/// How paths are shown: those below the folder where astray runs are shown relative to it.
class ShownPaths {
 public:
  explicit ShownPaths(std::string working_directory) : working_directory_(std::move(working_directory)) {}
  std::string_view of(std::string_view path) const;
  /// "conf/nginx.conf:12:5", as far as it is known.
  std::string of(const Place& place) const;

 private:
  std::string working_directory_;
};

/// The lines that the places point at, marked, in the manner of a compiler: the first place with ^^^, the
/// others with ---, each with what it is. Places whose file cannot be read are named without their line.
std::string excerpt(std::span<const Place> places, SourceText& source, const ShownPaths& paths, int columns,
                    const Palette& palette);

}  // namespace astray
