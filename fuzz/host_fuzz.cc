#include "names/host.h"

#include "base/check.h"
#include "naive_names.h"

using namespace astray;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = naive::text_of(data, size);
  auto host = Host::parse(text);
  CHECK(Host::parse(naive::swap_case(text)) == host);

  bool bracketed = text.size() >= 2 && text.front() == '[' && text.back() == ']';
  auto inner = IpAddress::parse(bracketed ? text.substr(1, text.size() - 2) : text);
  auto name = Hostname::parse(text);
  bool is_address = inner && (inner->family() == IpFamily::v6) == bracketed;
  CHECK(host.has_value() == (is_address || name.has_value()));
  if (!host) {
    CHECK(!describe(host.error()).empty());
    return 0;
  }
  CHECK((host->name() != nullptr) == name.has_value());
  CHECK((host->address() != nullptr) == is_address);
  CHECK(Host::parse(host->text()) == host);
  return 0;
}
