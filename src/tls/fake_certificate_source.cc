#include "tls/fake_certificate_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace astray {
namespace {

/// Four FNV-1a hashes side by side: tells declarations apart, and is no protection against anybody.
Digest digest_of(std::string_view text) {
  constexpr uint64_t offset_basis = 0xCBF29CE484222325;
  constexpr uint64_t prime = 0x100000001B3;
  Digest digest{};
  for (size_t lane = 0; lane < 4; ++lane) {
    uint64_t hash = offset_basis + lane;
    for (char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * prime;
    for (size_t i = 0; i < 8; ++i) digest[8 * lane + i] = static_cast<uint8_t>(hash >> (8 * i));
  }
  return digest;
}

/// The text by which two declarations are told apart; no field can run into the next.
std::string spelled(const DeclaredCertificate& declared) {
  std::string text = fmt::format("{} {} {}", declared.not_before.unix_seconds,
                                 declared.not_after.unix_seconds, to_string(declared.key_type));
  auto append = [&](std::string_view field) { text += fmt::format(" {}:{}", field.size(), field); };
  append(declared.common_name);
  append(declared.issuer);
  append(declared.serial);
  for (const std::string& name : declared.names) append(name);
  return text;
}

}  // namespace

Certificate make_certificate(const DeclaredCertificate& declared) {
  Certificate certificate;
  std::vector<CertificateName> names;
  for (const std::string& text : declared.names) {
    if (auto address = IpAddress::parse(text)) {
      names.push_back(CertificateName::address(*address));
    } else if (auto name = CertificateName::parse_dns(text)) {
      names.push_back(std::move(*name));
    } else {
      certificate.unusable_names.push_back(fmt::format("{} ({})", text, describe(name.error())));
    }
  }
  certificate.names = CertificateNames(std::move(names));
  certificate.has_subject_alternative_names = !declared.names.empty();
  certificate.common_name = declared.common_name;
  certificate.subject = declared.common_name.empty() ? "" : "CN=" + declared.common_name;
  certificate.issuer = declared.issuer;
  certificate.not_before = declared.not_before;
  certificate.not_after = declared.not_after;
  certificate.key_type = declared.key_type;
  certificate.fingerprint = digest_of(spelled(declared));
  certificate.self_signed = certificate.subject == certificate.issuer;
  return certificate;
}

FakeCertificateSource& FakeCertificateSource::declare(const std::string& path,
                                                      const DeclaredCertificate& declared) {
  auto certificate = std::make_shared<const Certificate>(make_certificate(declared));
  certificates_.insert_or_assign(
      path, by_content_.try_emplace(certificate->fingerprint, certificate).first->second);
  return *this;
}

FakeCertificateSource& FakeCertificateSource::declare(const std::string& path,
                                                      std::vector<std::string> names) {
  DeclaredCertificate declared;
  declared.names = std::move(names);
  return declare(path, declared);
}

FakeCertificateSource& FakeCertificateSource::declare_problem(const std::string& path,
                                                              CertificateProblem problem) {
  auto message = fmt::format("{} is declared to be {}.", path, to_string(problem));
  auto error = Failure<CertificateError>(CertificateError{problem, path, std::move(message)});
  certificates_.insert_or_assign(path, error);
  authorities_.insert_or_assign(path, error);
  return *this;
}

FakeCertificateSource& FakeCertificateSource::declare_authorities(const std::string& path,
                                                                  const std::vector<std::string>& subjects) {
  auto authorities = std::make_shared<CertificateAuthorities>();
  for (const std::string& subject : subjects) {
    auto& known = authorities->subjects;
    if (std::find(known.begin(), known.end(), subject) == known.end()) known.push_back(subject);
  }
  authorities->count = static_cast<int>(authorities->subjects.size());

  std::vector<std::string> sorted = authorities->subjects;
  std::sort(sorted.begin(), sorted.end());
  std::string text;
  for (const std::string& subject : sorted) {
    std::string alone = fmt::format("{}:{} ", subject.size(), subject);
    if (sorted.size() > 1) authorities->members.push_back(to_hex(digest_of(alone)));
    text += alone;
  }
  std::sort(authorities->members.begin(), authorities->members.end());
  authorities->digest = digest_of(text);
  authorities_.insert_or_assign(path, std::move(authorities));
  return *this;
}

CertificateResult FakeCertificateSource::load(const std::string& path) {
  auto found = certificates_.find(path);
  if (found != certificates_.end()) return found->second;
  return Failure<CertificateError>(
      CertificateError{CertificateProblem::missing, path,
                       fmt::format("There is no certificate file {}: it was not declared.", path)});
}

AuthoritiesResult FakeCertificateSource::load_authorities(const std::string& path) {
  auto found = authorities_.find(path);
  if (found != authorities_.end()) return found->second;
  return Failure<CertificateError>(
      CertificateError{CertificateProblem::missing, path,
                       fmt::format("There are no authorities at {}: none were declared.", path)});
}

AuthoritiesResult FakeCertificateSource::load_authority_directory(const std::string& path) {
  return load_authorities(path);
}

}  // namespace astray
