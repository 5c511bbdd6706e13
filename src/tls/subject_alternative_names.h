#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "names/certificate_name.h"

namespace astray {

/// A subjectAltName extension (RFC 5280 §4.2.1.6), sorted into what can cover a host by RFC 9525 and what
/// cannot.
struct SubjectAlternativeNames {
  std::vector<CertificateName> usable;
  std::vector<std::string> unusable;  ///< printable, with the reason in brackets

  /// From the DER of GeneralNames. Entries other than dNSName and iPAddress identify no HTTPS server (RFC
  /// 9110 §4.3.4) and are passed over without looking into them. If the list itself cannot be decoded, no
  /// name counts.
  static SubjectAlternativeNames decode(std::string_view der);

  void refuse(std::string_view entry, std::string_view reason);
};

}  // namespace astray
