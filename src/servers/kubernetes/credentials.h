#pragma once
// Certificates and authorities that objects refer to. Private keys are never read.
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "servers/kubernetes/cluster.h"
#include "servers/model/tls_settings.h"
#include "tls/certificate_source.h"

namespace astray::kubernetes {

/// The value of a Secret (base64 of `data`, or `stringData`) or of a ConfigMap (`data` as it is); "": it has none.
std::string secret_value(const Object& secret, std::string_view key);
std::string config_map_value(const Object& config_map, std::string_view key);

/// Each Secret and ConfigMap is read once. Where a Secret is not among the objects, as where they are kept out of a
/// repository, NAMESPACE/NAME.pem in the folder of the objects stands for its certificate, and NAMESPACE/NAME.ca.pem for its ca.crt or a
/// ConfigMap's.
class Credentials {
 public:
  explicit Credentials(const Reading& reading) : reading_(reading) {}

  /// What a reference of `owner` (certificateRefs: group, kind, name, namespace) leads to. Whatever is wrong is told; the
  /// certificate is then null, and `provenance` unknowable where only this folder lacks it.
  CertificateUse certificate(const Node* reference, const Object& owner);
  /// The same of a Secret of this name.
  CertificateUse certificate_of(const std::string& name_space, const std::string& name, SourceSpan span);
  /// caCertificateRefs: ca.crt of ConfigMaps or Secrets. `file` is unknowable where one of them is not known.
  ClientAuthorities authorities(const Node* section, const Object& owner);
  /// ca.crt of a Secret.
  ClientAuthorities authorities_of_secret(const std::string& name_space, const std::string& name, SourceSpan span);

 private:
  void take_authorities(const std::string& bytes, const std::string& path, SourceSpan span, ClientAuthorities& into) const;
  void take_authorities(const AuthoritiesResult& read, SourceSpan span, ClientAuthorities& into) const;
  /// Of a file that stands for an object that is not there. False: there is none.
  bool take_authorities_file(const std::string& full, SourceSpan span, ClientAuthorities& into) const;

  const Reading& reading_;
  std::unordered_map<std::string, CertificateUse> known_{};
};

}  // namespace astray::kubernetes
