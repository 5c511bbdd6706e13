#pragma once
#include <string>
#include <string_view>

namespace astray::test {

/// A folder of its own for a test, removed with everything in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::string& path() const { return path_; }
  /// The absolute path of a file or folder in it, there or not.
  std::string path_of(std::string_view name) const;
  /// Writes a file ("conf.d/site.conf": folders are made on the way) and gives its absolute path.
  std::string write(std::string_view name, std::string_view bytes) const;

 private:
  std::string path_;
};

}  // namespace astray::test
