#include "names/raw_host.h"

#include "base/check.h"
#include "naive_names.h"

using namespace astray;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = naive::text_of(data, size);
  std::string shown = RawHost(std::string(text)).printable();
  CHECK(RawHost(std::string(text)).bytes() == text);

  constexpr std::string_view ellipsis = "…";
  CHECK(shown.ends_with(ellipsis) == (size > 256));
  if (size > 256) shown.resize(shown.size() - ellipsis.size());
  size_t at = 0;
  for (size_t i = 0; i < size && i < 256; ++i) {
    bool plain = data[i] >= 0x20 && data[i] < 0x7f;
    if (plain) {
      CHECK(shown[at] == static_cast<char>(data[i]));
      at += 1;
    } else {
      CHECK(shown.substr(at, 2) == "\\x");
      CHECK(std::stoi(shown.substr(at + 2, 2), nullptr, 16) == data[i]);
      at += 4;
    }
  }
  CHECK(at == shown.size());
  return 0;
}
