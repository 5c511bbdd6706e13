#include "names/origin.h"

#include "base/check.h"
#include "naive_names.h"

using namespace astray;

namespace {

std::optional<Origin> naive_origin(std::string_view text, Scheme scheme) {
  std::string prefix = std::string(to_string(scheme)) + "://";
  if (naive::lower(text.substr(0, prefix.size())) != prefix) return std::nullopt;
  auto authority = Authority::parse(text.substr(prefix.size()));
  if (!authority) return std::nullopt;
  return Origin{scheme, authority->host, authority->port ? *authority->port : Port::of(scheme)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = naive::text_of(data, size);
  auto origin = Origin::parse(text);
  CHECK(Origin::parse(naive::swap_case(text)) == origin);

  std::optional<Origin> expected = naive_origin(text, Scheme::https);
  if (!expected) expected = naive_origin(text, Scheme::http);
  CHECK(origin.has_value() == expected.has_value());
  if (!origin) return 0;
  CHECK(*origin == *expected);
  CHECK(Origin::parse(origin->text()) == *origin);
  CHECK(Origin::parse(origin->text() + "/").error() == Origin::Error::has_path);
  if (origin->port == Port::of(origin->scheme)) {
    CHECK(Origin::parse(origin->text() + ":" + std::to_string(origin->port.number())) == *origin);
  }
  return 0;
}
