#include "report/fingerprint.h"

#include <fmt/format.h>

namespace astray {
namespace {

/// FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv).
class Fnv1a {
 public:
  /// The length goes in too, so that "ab","c" and "a","bc" differ.
  void add(std::string_view text) {
    for (size_t size = text.size(); size > 0; size >>= 8) add_byte(static_cast<uint8_t>(size));
    add_byte(0);
    for (const char c : text) add_byte(static_cast<uint8_t>(c));
  }
  uint64_t value() const { return value_; }

 private:
  void add_byte(uint8_t byte) {
    value_ ^= byte;
    value_ *= 0x100000001b3u;
  }
  uint64_t value_ = 0xcbf29ce484222325u;
};

}  // namespace

std::string Fingerprints::next(const Finding& finding) {
  Fnv1a hash;
  hash.add(finding.rule_id);
  hash.add(finding.from_name);
  hash.add(finding.to_name);
  hash.add(paths_.of(finding.place.file));
  hash.add(finding.place.what);
  for (const Place& place : finding.related) {
    hash.add(paths_.of(place.file));
    hash.add(place.what);
  }
  return fmt::format("{:016x}:{}", hash.value(), ++seen_[hash.value()]);
}

}  // namespace astray
