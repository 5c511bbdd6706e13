#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "report/byte_sink.h"

namespace astray {

/// A file descriptor that is written to in large pieces. A reader that goes away is no failure; a full disk
/// or a closed descriptor is, and is told once by finish().
class Output : public ByteSink {
 public:
  static constexpr size_t buffer_bytes = size_t{1} << 20;

  /// `name` for messages: "standard output". The descriptor is not owned.
  Output(int descriptor, std::string name);
  ~Output() override;

  void write(std::string_view bytes) override;
  bool wanted() const override { return error_ == 0; }
  void flush();
  /// Flushes; an Error when anything could not be written.
  std::optional<Error> finish();

  int descriptor() const { return descriptor_; }

 private:
  void write_through(std::string_view bytes);

  int descriptor_;
  std::string name_;
  std::string buffer_;
  int error_ = 0;  ///< errno of the first failed write
};

/// A file that a report goes to. It is opened before the work, so that a path that cannot be written fails
/// early, and what it held is replaced only when there is something to replace it with.
class OutputFile {
 public:
  static Result<OutputFile> open(const std::string& path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  /// Empties the file, and gives it out to be written.
  Result<int> begin();

 private:
  OutputFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  int descriptor_;
  std::string path_;
};

}  // namespace astray
