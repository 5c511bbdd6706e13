#include "names/server_name.h"

#include "base/check.h"
#include "naive_names.h"

using namespace astray;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = naive::text_of(data, size);
  auto name = ServerName::parse(text);
  CHECK(ServerName::parse(naive::swap_case(text)) == name);

  auto hostname = Hostname::parse(text);
  CHECK(name.has_value() == hostname.has_value());
  if (name) {
    CHECK(name->hostname() == *hostname);
    CHECK(ServerName::parse(name->text()) == *name);
    CHECK(!name->text().ends_with('.'));
    CHECK(naive::is_canonical_hostname(name->text()));
  }

  // An authority and a ClientHello that spell one host must agree on whether there is an SNI and which.
  auto host = Host::parse(text);
  if (host) {
    CHECK(ServerName::for_host(*host) == name);
    if (host->address()) CHECK(name.error() == ServerName::Error::ip_address);
  } else {
    CHECK(!name);
  }
  auto address = IpAddress::parse(text);
  if (address) CHECK(!name && name.error() == ServerName::Error::ip_address);
  return 0;
}
