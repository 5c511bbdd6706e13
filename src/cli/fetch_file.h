#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/fetch_plan.h"
#include "io/file_descriptor.h"

namespace astray {

/// A file that an answer is written to: made when the first byte comes, so that a failure leaves what was
/// there.
class FetchFile {
 public:
  FetchFile(std::string path, CreateFolders folders) : path_(std::move(path)), folders_(folders) {}

  /// Makes or empties the file, once.
  Result<void> open();
  Result<void> write(std::string_view bytes);
  /// What was written is void: the answer is asked for again.
  void start_again() { file_.reset(); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  CreateFolders folders_;
  FileDescriptor file_;
};

}  // namespace astray
