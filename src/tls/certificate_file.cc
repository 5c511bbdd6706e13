#include "tls/certificate_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "tls/certificate_diagnosis.h"
#include "tls/certificate_extractor.h"
#include "tls/regular_file.h"
#include "tls/x509.h"

namespace astray {
namespace {

using Found = Result<FoundInFile, CertificateError>;

struct Limits {
  size_t bytes;
  size_t certificates;
};
constexpr Limits chain_limits{max_certificate_file_bytes, max_chain_length};
constexpr Limits authority_limits{max_authorities_file_bytes, max_authorities};

Found checked(FoundInFile found, const std::string& path, const Limits& limits) {
  if (auto error = diagnose(found, path, limits.certificates))
    return Failure<CertificateError>(std::move(*error));
  return found;
}

Found certificates_in_file(const std::string& path, const Limits& limits) {
  if (auto error = refuse_what_is_no_path(path)) return Failure<CertificateError>(std::move(*error));
  CertificateExtractor extractor(limits.certificates);
  auto error =
      read_regular_file(path, limits.bytes, [&](std::string_view bytes) { extractor.receive(bytes); });
  if (error) return Failure<CertificateError>(std::move(*error));
  return checked(extractor.finish(), path, limits);
}

Found certificates_in_bytes(std::string_view bytes, const std::string& path, const Limits& limits) {
  CertificateExtractor extractor(limits.certificates);
  extractor.receive(bytes);
  return checked(extractor.finish(), path, limits);
}

CertificateResult decode_chain(const Found& found, const std::string& path) {
  if (!found) return Failure<CertificateError>(found.error());
  const auto& encoded = found->certificates;
  auto leaf = decode_certificate(encoded.front().der);
  if (!leaf) return Failure<CertificateError>(undecodable(encoded.front(), leaf.error(), path));

  for (size_t i = 1; i < encoded.size(); ++i) {
    // Behind the leaf, servers pass over TRUSTED CERTIFICATE blocks.
    if (encoded[i].label == EncodedCertificate::Label::trusted) continue;
    auto issuer = decode_authority(encoded[i].der);
    if (!issuer) return Failure<CertificateError>(undecodable(encoded[i], issuer.error(), path));
    ++leaf->chain_length;
  }
  return std::make_shared<const Certificate>(std::move(*leaf));
}

/// Gathers authorities from one or many files into one set.
class AuthoritySet {
 public:
  /// Gives the error of the first certificate that cannot be decoded.
  std::optional<CertificateError> add(const FoundInFile& found, const std::string& path) {
    for (const EncodedCertificate& encoded : found.certificates) {
      auto authority = decode_authority(encoded.der);
      if (!authority) return undecodable(encoded, authority.error(), path);
      if (fingerprints_.insert(authority->fingerprint).second)
        subjects_.push_back(std::move(authority->subject));
    }
    return std::nullopt;
  }

  std::shared_ptr<const CertificateAuthorities> finish() {
    std::string in_order;
    for (const Digest& fingerprint : fingerprints_) in_order.append(fingerprint.begin(), fingerprint.end());
    auto authorities = std::make_shared<CertificateAuthorities>();
    authorities->digest = sha256(in_order);
    if (fingerprints_.size() > 1)
      for (const Digest& fingerprint : fingerprints_)
        authorities->members.push_back(to_hex(sha256(std::string(fingerprint.begin(), fingerprint.end()))));
    std::sort(authorities->members.begin(), authorities->members.end());
    authorities->subjects = std::move(subjects_);
    authorities->count = static_cast<int>(fingerprints_.size());
    return authorities;
  }

 private:
  std::set<Digest> fingerprints_;
  std::vector<std::string> subjects_;
};

AuthoritiesResult gather(const Found& found, const std::string& path) {
  if (!found) return Failure<CertificateError>(found.error());
  AuthoritySet set;
  if (auto error = set.add(*found, path)) return Failure<CertificateError>(std::move(*error));
  return set.finish();
}

/// "1a2b3c4d.0": eight hexadecimal digits of the subject's hash, and a number.
bool is_hashed_name(std::string_view name) {
  constexpr size_t hash_digits = 8;
  if (name.size() < hash_digits + 2 || name[hash_digits] != '.') return false;
  auto is_hex = [](char c) { return is_ascii_digit(c) || (c >= 'a' && c <= 'f'); };
  return std::all_of(name.begin(), name.begin() + hash_digits, is_hex) &&
         std::all_of(name.begin() + hash_digits + 1, name.end(), is_ascii_digit);
}

Result<std::vector<std::string>, CertificateError> hashed_files_in(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<std::string> files;
  bool others = false;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    if (is_hashed_name(entry->path().filename().native())) {
      files.push_back(entry->path());
    } else {
      others = true;
    }
  }
  if (error == std::errc::no_such_file_or_directory) {
    return Failure<CertificateError>(CertificateError{
        CertificateProblem::missing, path,
        fmt::format("There is no folder {}. Expected the folder of CA certificates that the directive names.",
                    path)});
  }
  if (error) {
    return Failure<CertificateError>(CertificateError{
        CertificateProblem::unreadable, path,
        fmt::format("The folder of CA certificates {} cannot be read: {}.", path, error.message())});
  }
  if (files.empty()) {
    std::string_view why =
        others ? "holds files, but none under the hash of its subject, and no other is looked up"
               : "is empty";
    return Failure<CertificateError>(CertificateError{
        CertificateProblem::empty, path,
        fmt::format(
            "The folder of CA certificates {} {}. Put the certificates there and run: openssl rehash {}",
            path, why, path)});
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

CertificateResult read_certificate_file(const std::string& path) {
  return decode_chain(certificates_in_file(path, chain_limits), path);
}

CertificateResult read_certificate_bytes(std::string_view bytes, const std::string& path) {
  return decode_chain(certificates_in_bytes(bytes, path, chain_limits), path);
}

AuthoritiesResult read_authorities_file(const std::string& path) {
  return gather(certificates_in_file(path, authority_limits), path);
}

AuthoritiesResult read_authorities_bytes(std::string_view bytes, const std::string& path) {
  return gather(certificates_in_bytes(bytes, path, authority_limits), path);
}

AuthoritiesResult read_authority_directory(const std::string& path) {
  if (auto error = refuse_what_is_no_path(path)) return Failure<CertificateError>(std::move(*error));
  auto files = hashed_files_in(path);
  if (!files) return Failure<CertificateError>(files.error());
  AuthoritySet set;
  for (const std::string& file : *files) {
    auto found = certificates_in_file(file, authority_limits);
    if (!found) return Failure<CertificateError>(found.error());
    if (auto error = set.add(*found, file)) return Failure<CertificateError>(std::move(*error));
  }
  return set.finish();
}

}  // namespace astray
