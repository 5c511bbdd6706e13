#pragma once
// Makes certificates on the spot, for servers that live for a demonstration: an authority of its own, whose
// key never leaves the object, and certificates for names. For nothing that anybody else shall trust.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/result.h"

namespace astray {

class CertificateMaker {
 public:
  struct Made {
    std::string certificate_pem;  ///< without the authority's
    std::string key_pem;          ///< PKCS#8, not encrypted
  };

  /// A new authority with a key on P-256, good for a day around `now`. Fails when the system has no
  /// randomness.
  static Result<CertificateMaker> create(std::string_view common_name, Instant now);
  CertificateMaker(CertificateMaker&&) noexcept;
  CertificateMaker& operator=(CertificateMaker&&) noexcept;
  ~CertificateMaker();

  std::string authority_pem() const;
  /// Each with a key of its own. `names` become dNSNames of the subjectAltName, in order; none: there is no
  /// such extension, as in a person's certificate.
  Result<Made> make(std::string_view common_name, const std::vector<std::string>& names) const;

 private:
  struct State;
  explicit CertificateMaker(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace astray
