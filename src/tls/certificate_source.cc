#include "tls/certificate_source.h"

namespace astray {

std::string_view to_string(CertificateProblem problem) {
  switch (problem) {
    case CertificateProblem::missing:
      return "missing";
    case CertificateProblem::unreadable:
      return "unreadable";
    case CertificateProblem::empty:
      return "empty";
    case CertificateProblem::too_large:
      return "too-large";
    case CertificateProblem::only_private_key:
      return "only-private-key";
    case CertificateProblem::encrypted:
      return "encrypted";
    case CertificateProblem::not_a_certificate:
      return "not-a-certificate";
    case CertificateProblem::malformed:
      return "malformed";
    case CertificateProblem::url_or_engine:
      return "url-or-engine";
  }
  return {};
}

}  // namespace astray
