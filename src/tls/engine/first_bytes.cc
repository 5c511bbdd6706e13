#include "tls/engine/first_bytes.h"

#include <algorithm>

namespace astray::tls {
namespace {

constexpr size_t max_kept = 64;
constexpr size_t record_header_bytes = 5;

// RFC 8446 §5.1: change_cipher_spec 20, alert 21, handshake 22, application_data 23 (and heartbeat 24).
bool is_content_type(char c) {
  return c >= 20 && c <= 24;
}
constexpr char major_version = 3;

bool is_text(char c) {
  auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7F) || c == '\t' || c == '\r';
}

}  // namespace

void FirstBytes::receive(std::string_view bytes) {
  kept_.append(bytes.substr(0, max_kept - std::min(max_kept, kept_.size())));
  if (decision_ != Decision::undecided || kept_.empty()) return;
  if (!is_content_type(kept_[0])) {
    decision_ = Decision::other;
  } else if (kept_.size() > 1) {
    decision_ = kept_[1] == major_version ? Decision::tls : Decision::other;
  }
}

size_t FirstBytes::beginning_size() const {
  for (size_t i = 0; i < kept_.size(); ++i) {
    if (kept_[i] == '\n') return i;
    if (is_text(kept_[i])) continue;
    size_t wanted = std::max(record_header_bytes, i + 1);
    if (kept_.size() >= wanted) return wanted;
    break;
  }
  return kept_.size() == max_kept || end_ == End::reached ? kept_.size() : std::string_view::npos;
}

std::string_view FirstBytes::beginning() const {
  std::string_view beginning(kept_);
  beginning = beginning.substr(0, beginning_size());
  if (beginning.ends_with('\r')) beginning.remove_suffix(1);
  return beginning;
}

}  // namespace astray::tls
