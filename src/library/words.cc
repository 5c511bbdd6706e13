// The stable words of the interface are those of the client.
#include "astray/version.h"
#include "base/ascii.h"
#include "library/translate.h"

namespace astray::http {

std::string_view to_string(Phase phase) {
  return client::to_string(static_cast<client::Phase>(phase));
}

std::string_view to_string(Carriage carriage) {
  return client::to_string(static_cast<client::Carriage>(carriage));
}

std::string_view to_string(EventKind kind) {
  return client::to_string(static_cast<client::PoolEventKind>(kind));
}

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::cancelled:
      return "cancelled";
    case ErrorKind::bad_options:
      return "bad-options";
    case ErrorKind::wrong_thread:
      return "wrong-thread";
    default:
      return client::to_string(failure_kind_of(kind));
  }
}

const std::string* find(const Fields& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (ascii_iequals(field.name, name)) return &field.value;
  }
  return nullptr;
}

std::string_view version() {
  return ASTRAY_VERSION;
}

}  // namespace astray::http
