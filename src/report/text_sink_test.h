#pragma once
#include <algorithm>
#include <string>

#include "report/byte_sink.h"

namespace astray::test {

/// Keeps a whole report.
class TextSink : public ByteSink {
 public:
  void write(std::string_view bytes) override {
    text += bytes;
    largest_piece = std::max(largest_piece, bytes.size());
  }
  bool wanted() const override { return true; }

  std::string text;
  size_t largest_piece = 0;
};

}  // namespace astray::test
