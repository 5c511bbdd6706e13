#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "names/certificate_name.h"
#include "names/host.h"

namespace astray {

/// The names that one certificate presents: a list in the certificate's order, with an index, so that a
/// certificate of thousands of names answers as fast as one of two. Reads like a const vector.
class CertificateNames {
 public:
  CertificateNames() = default;
  CertificateNames(
      std::vector<CertificateName> names);  // NOLINT(google-explicit-constructor): a list of names is one

  /// Does any of the names cover the host (RFC 9525 §6.3, §6.5)? Logarithmic in the names, without
  /// allocation.
  bool cover(const Host& host) const { return covering(host) != nullptr; }
  /// The name that covers the host: an exact one before a wildcard; nullptr when none does.
  const CertificateName* covering(const Host& host) const;

  const std::vector<CertificateName>& in_file_order() const { return names_; }
  auto begin() const { return names_.begin(); }
  auto end() const { return names_.end(); }
  size_t size() const { return names_.size(); }
  bool empty() const { return names_.empty(); }
  const CertificateName& operator[](size_t index) const { return names_[index]; }

  bool operator==(const CertificateNames& other) const { return names_ == other.names_; }

 private:
  enum class Kind : uint8_t { exact, wildcard, address };
  static Kind kind_of(const CertificateName& name);
  static std::string_view key_of(const CertificateName& name);
  const CertificateName* find(Kind kind, std::string_view key) const;

  std::vector<CertificateName> names_;
  std::vector<uint32_t> sorted_;  ///< indices into names_, by kind and then by key
};

}  // namespace astray
