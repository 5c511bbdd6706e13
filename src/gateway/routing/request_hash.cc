#include "gateway/routing/request_hash.h"

#include "base/ascii.h"
#include "base/check.h"
#include "gateway/ownership/keyed_hash.h"
#include "gateway/routing/path.h"

namespace astray::gateway {
namespace {

// Anybody may know it: a client that wants a certain back can try values anyway. SipHash spreads well.
constexpr HashKey shared_key{0x6173747261793432, 0x316261636b686173};

uint64_t hash_of_text(std::string_view text) {
  return keyed_hash(shared_key, text);
}

uint64_t hash_of_field(const Fields& fields, std::string_view name, const IpAddress& client) {
  std::string joined;
  bool found = false;
  for (const http2::Field field : fields) {
    if (!ascii_iequals(field.name, name)) continue;
    if (found) joined += ',';
    joined += field.value;
    found = true;
  }
  return hash_of_text(found ? std::string_view(joined) : client.bytes());
}

}  // namespace

uint64_t hash_of(const RequestHead& head, const BalancingSettings& balancing, const IpAddress& client) {
  switch (balancing.key) {
    case HashedPart::client_address:
      return hash_of_text(client.bytes());
    case HashedPart::authority:
      return hash_of_text(ascii_lower(head.authority));
    case HashedPart::path:
      return hash_of_text(path_of(head.target));
    case HashedPart::header:
      CHECK(balancing.header);
      return hash_of_field(head.fields, balancing.header->text, client);
  }
  return 0;
}

}  // namespace astray::gateway
