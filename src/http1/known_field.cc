#include "http1/known_field.h"

#include "base/ascii.h"

namespace astray::http1 {
namespace {

KnownField if_equal(std::string_view name, std::string_view spelling, KnownField field) {
  return ascii_iequals(name, spelling) ? field : KnownField::none;
}

}  // namespace

KnownField known_field(std::string_view name) {
  switch (name.size()) {
    case 4:
      return if_equal(name, "host", KnownField::host);
    case 6:
      return if_equal(name, "expect", KnownField::expect);
    case 7:
      return if_equal(name, "upgrade", KnownField::upgrade);
    case 9:
      return if_equal(name, "forwarded", KnownField::forwarded);
    case 10:
      return may_be_iequal(name.front(), 'c') ? if_equal(name, "connection", KnownField::connection)
                                              : if_equal(name, "keep-alive", KnownField::keep_alive);
    case 14:
      return if_equal(name, "content-length", KnownField::content_length);
    case 16:
      return if_equal(name, "proxy-connection", KnownField::proxy_connection);
    case 17:
      return if_equal(name, "transfer-encoding", KnownField::transfer_encoding);
    default:
      return KnownField::none;
  }
}

}  // namespace astray::http1
