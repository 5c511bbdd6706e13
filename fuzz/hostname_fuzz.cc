#include "names/hostname.h"

#include "base/check.h"
#include "naive_names.h"

using namespace astray;

namespace {

void check_value(const Hostname& name) {
  CHECK(naive::is_canonical_hostname(name.text()));
  CHECK(Hostname::parse(name.text()) == name);

  std::vector<std::string> labels = naive::labels_of(name.text());
  CHECK(static_cast<size_t>(name.label_count()) == labels.size());
  std::string parent;
  for (size_t i = 1; i < labels.size(); ++i) parent += (i == 1 ? "" : ".") + labels[i];
  CHECK(name.parent() == parent);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 2000) return 0;  // longer text is refused unread when it is not ASCII
  std::string_view text = naive::text_of(data, size);
  auto name = Hostname::parse(text);
  if (naive::is_ascii(text)) CHECK(name.has_value() == naive::is_hostname(text));
  CHECK(Hostname::parse(naive::swap_case(text)) == name);
  if (!name) {
    CHECK(!describe(name.error()).empty());
    return 0;
  }
  check_value(*name);
  // U+3002, U+FF0E and U+FF61 are trailing dots too, which only the parser can tell.
  std::string dotted_text = std::string(text) + ".";
  auto dotted = Hostname::parse(dotted_text);
  bool had_a_dot = !dotted && (dotted.error() == HostnameError::empty_label || name->text().size() == 253);
  CHECK(dotted == name || had_a_dot);
  if (naive::is_ascii(text) && !text.ends_with('.')) CHECK(dotted == name);
  CHECK(!Hostname::parse(dotted_text + "."));
  return 0;
}
