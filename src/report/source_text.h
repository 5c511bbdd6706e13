#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace astray {

/// The lines of configuration files, for excerpts in reports. Each file is fetched at most once, and only
/// when a finding points into it.
class SourceText {
 public:
  /// Gives a file's whole text; nothing when it cannot be had (any more).
  using Fetch = std::function<std::optional<std::string>(const std::string& file)>;
  explicit SourceText(Fetch fetch) : fetch_(std::move(fetch)) {}

  /// Line `number` (from 1) without its end; nothing when there is none.
  std::optional<std::string_view> line(const std::string& file, uint32_t number);

 private:
  struct File {
    std::string text;
    std::vector<size_t> starts;  ///< offsets of the lines
  };
  Fetch fetch_;
  std::map<std::string, std::optional<File>> files_;
};

}  // namespace astray
