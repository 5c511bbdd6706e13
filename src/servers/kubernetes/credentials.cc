#include "servers/kubernetes/credentials.h"

#include <fmt/format.h>

#include "tls/base64.h"
#include "tls/certificate_file.h"

namespace astray::kubernetes {

std::string secret_value(const Object& secret, std::string_view key) {
  if (std::string plain = text(field(secret.node, "stringData"), key); !plain.empty()) return plain;
  return decode_base64(text(field(secret.node, "data"), key)).value_or("");
}

std::string config_map_value(const Object& config_map, std::string_view key) {
  return text(field(config_map.node, "data"), key);
}

CertificateUse Credentials::certificate_of(const std::string& name_space, const std::string& name, SourceSpan span) {
  const std::string full = full_name(name_space, name);
  const auto [known, is_new] = known_.try_emplace(full);
  CertificateUse& use = known->second;
  if (!is_new) {
    CertificateUse again = use;
    again.span = span;
    return again;
  }
  use.span = span;
  use.path = "Secret " + full;
  const auto secret = reading_.cluster.secrets.find(full);
  if (secret == reading_.cluster.secrets.end()) {
    const std::string file = resolve_path(reading_.folder, full + ".pem");
    if (auto read = reading_.options.certificates.load(file)) {
      use.certificate = *read;
      return use;
    }
    use.provenance = Provenance::unknowable;
    reading_.warning(span, fmt::format("{} is not among these objects, so its certificate is not known; expected it here, "
                                       "or its certificate as {}.pem in the folder of the objects",
                                       use.path, full));
    return use;
  }
  const std::string bytes = secret_value(*secret->second, "tls.crt");
  if (bytes.empty())
    reading_.error(secret->second->node->place, fmt::format("{} has no tls.crt; expected a PEM certificate in base64 there", use.path));
  else if (auto read = read_certificate_bytes(bytes, use.path))
    use.certificate = *read;
  else
    reading_.error(secret->second->node->place, read.error().message);
  return use;
}

CertificateUse Credentials::certificate(const Node* reference, const Object& owner) {
  CertificateUse use;
  use.span = reference->place;
  const std::string name = text(reference, "name");
  const std::string name_space = text_or(reference, "namespace", owner.name_space);
  const std::string kind = text_or(reference, "kind", "Secret");
  if (kind != "Secret" || !text(reference, "group").empty()) {
    use.path = fmt::format("{} {}", kind, full_name(name_space, name));
    use.provenance = Provenance::unknowable;
    reading_.warning(use.span, fmt::format("certificates of {} are not read; expected a Secret", kind));
    return use;
  }
  if (!may_refer(reading_.cluster, owner, "", "Secret", name_space, name)) {
    use.path = "Secret " + full_name(name_space, name);
    reading_.error(use.span, fmt::format("{} {} may not refer to {} (RefNotPermitted); expected a ReferenceGrant in "
                                         "namespace {}",
                                         owner.kind, full_name(owner), use.path, name_space));
    return use;
  }
  return certificate_of(name_space, name, use.span);
}

void Credentials::take_authorities(const std::string& bytes, const std::string& path, SourceSpan span,
                                   ClientAuthorities& into) const {
  take_authorities(read_authorities_bytes(bytes, path), span, into);
}

bool Credentials::take_authorities_file(const std::string& full, SourceSpan span, ClientAuthorities& into) const {
  const auto read = reading_.options.certificates.load_authorities(resolve_path(reading_.folder, full + ".ca.pem"));
  if (!read && read.error().problem == CertificateProblem::missing) return false;
  take_authorities(read, span, into);
  return true;
}

void Credentials::take_authorities(const AuthoritiesResult& read, SourceSpan span, ClientAuthorities& into) const {
  if (!read) return reading_.error(span, read.error().message);
  const std::string digest = to_hex((*read)->digest);
  if (into.sets.empty()) into.digest = digest;
  into.trusted_digests.push_back(digest);
  into.sets.push_back(*read);
}

ClientAuthorities Credentials::authorities_of_secret(const std::string& name_space, const std::string& name,
                                                     SourceSpan span) {
  ClientAuthorities authorities;
  const std::string full = full_name(name_space, name);
  authorities.file = {"Secret " + full, span, Provenance::set};
  const auto secret = reading_.cluster.secrets.find(full);
  const std::string bytes = secret == reading_.cluster.secrets.end() ? "" : secret_value(*secret->second, "ca.crt");
  if (!bytes.empty())
    take_authorities(bytes, authorities.file.value, span, authorities);
  else if (secret != reading_.cluster.secrets.end() || !take_authorities_file(full, span, authorities))
    authorities.file.provenance = Provenance::unknowable;
  return authorities;
}

ClientAuthorities Credentials::authorities(const Node* section, const Object& owner) {
  ClientAuthorities authorities;
  authorities.file = {"", place(section), Provenance::set};
  for (const Node* reference : items(section, "caCertificateRefs")) {
    const std::string kind = text_or(reference, "kind", "ConfigMap");
    const std::string name = text(reference, "name");
    const std::string name_space = text_or(reference, "namespace", owner.name_space);
    const std::string full = full_name(name_space, name);
    authorities.file.value += fmt::format("{}{} {}", authorities.file.value.empty() ? "" : ", ", kind, full);
    authorities.file.span = reference->place;
    const bool is_config_map = kind == "ConfigMap";
    if ((!is_config_map && kind != "Secret") || !may_refer(reading_.cluster, owner, "", kind, name_space, name)) {
      reading_.error(reference->place, fmt::format("{} {} may not be used here; expected a ConfigMap of the Gateway's "
                                                   "namespace, or a ReferenceGrant in namespace {}",
                                                   kind, full, name_space));
      authorities.file.provenance = Provenance::unknowable;
      continue;
    }
    const ByName& all = is_config_map ? reading_.cluster.config_maps : reading_.cluster.secrets;
    const auto found = all.find(full);
    std::string bytes;
    if (found != all.end())
      bytes = is_config_map ? config_map_value(*found->second, "ca.crt") : secret_value(*found->second, "ca.crt");
    if (found == all.end() && take_authorities_file(full, reference->place, authorities)) continue;
    if (bytes.empty()) {
      authorities.file.provenance = Provenance::unknowable;
      reading_.warning(reference->place, fmt::format("{} {} {}; expected ca.crt in it", kind, full,
                                                     found == all.end() ? "is not among these objects" : "has no ca.crt"));
      continue;
    }
    take_authorities(bytes, fmt::format("{} {}", kind, full), reference->place, authorities);
  }
  // A digest of several sets would have to be of all of them.
  if (authorities.sets.size() > 1) authorities.digest.reset();
  return authorities;
}

}  // namespace astray::kubernetes
