#pragma once
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "names/host.h"

namespace astray {

enum class CertificateNameError {
  not_a_hostname,
  partial_wildcard,  ///< "f*.example.com", "*foo.example.com": RFC 9525 §6.3 does not match them
  inner_wildcard,    ///< "www.*.example.com"
  bare_wildcard,     ///< "*" alone
};
std::string_view describe(CertificateNameError error);

/// One identifier that a certificate presents: a subjectAltName dNSName or iPAddress (RFC 9525 §2.1).
class CertificateName {
 public:
  /// A dNSName as it stands in the certificate; a wildcard must be the whole left-most label. It is an IA5String in
  /// "preferred name syntax" (RFC 5280 §4.2.1.6): U-labels and a trailing dot are refused, as clients match neither.
  static Result<CertificateName, CertificateNameError> parse_dns(std::string_view text);
  static CertificateName address(IpAddress ip);

  /// RFC 9525 §6.3 and §6.5: case-insensitive on A-labels; "*" stands for exactly one label; addresses by octets.
  bool covers(const Host& host) const;
  bool is_wildcard() const { return wildcard_; }
  /// For a wildcard the part behind "*."; otherwise the host itself.
  const Host& host() const { return host_; }
  std::string text() const;  ///< "*.example.com", "192.0.2.1"

  auto operator<=>(const CertificateName&) const = default;
  bool operator==(const CertificateName&) const = default;

 private:
  CertificateName(Host host, bool is_wildcard) : host_(std::move(host)), wildcard_(is_wildcard) {}
  Host host_;
  bool wildcard_;
};

}  // namespace astray
