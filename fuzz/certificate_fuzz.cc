// Input: one byte that says what the rest is.
//   'F'  a file
//   'D'  a certificate in DER, which is also armoured as PEM
//   'N'  lines, each a dNSName, or behind '@' the bytes of an iPAddress: a certificate is made of them
// OpenSSL is the oracle: its decoder for what a certificate is, its PEM reader for what a server would load,
// and X509_check_host and X509_check_ip for what a certificate covers. Where OpenSSL is known to differ from
// RFC 9525, the function that says so names the difference.

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "naive_names.h"
#include "tls/certificate_extractor.h"
#include "tls/certificate_file.h"
#include "tls/x509.h"

using namespace astray;

namespace {

template <auto release>
struct Release {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};
using X509Pointer = std::unique_ptr<X509, Release<X509_free>>;
using NamesPointer = std::unique_ptr<GENERAL_NAMES, Release<GENERAL_NAMES_free>>;
using BioPointer = std::unique_ptr<BIO, Release<BIO_free>>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string_view text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<size_t>(ASN1_STRING_length(string))};
}

X509Pointer openssl_decodes(std::string_view der) {
  const unsigned char* at = bytes_of(der);
  X509Pointer certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  return certificate;
}

X509Pointer openssl_decodes_leaf(std::string_view der) {
  const unsigned char* at = bytes_of(der);
  X509Pointer certificate(d2i_X509_AUX(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  return certificate;
}

/// What X509_check_host does beyond or short of RFC 9525 §6.3 for a wildcard: it wants two labels behind the
/// "*.", made of letters, digits and inner hyphens, and lets '*' stand for nothing with a '_' in it.
bool openssl_matches_by_rfc(const CertificateName& name, std::string_view reference) {
  if (!name.is_wildcard()) return true;
  std::string_view parent = name.host().name()->text();
  if (parent.find('.') == std::string_view::npos) return false;
  for (const std::string& label : naive::labels_of(parent)) {
    if (label.find('_') != std::string::npos || label.starts_with('-') || label.ends_with('-')) return false;
  }
  return reference.substr(0, reference.find('.')).find('_') == std::string_view::npos;
}

void check_host(const Certificate& certificate, X509* oracle, const std::string& text) {
  auto host = Host::parse(text);
  if (!host || host->name() == nullptr) return;
  std::string name(host->name()->text());

  bool covered = certificate.covers(*host);
  bool naive = std::any_of(certificate.names.begin(), certificate.names.end(),
                           [&](const CertificateName& each) { return each.covers(*host); });
  CHECK(covered == naive);

  constexpr unsigned flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
  bool openssl_covers = X509_check_host(oracle, name.data(), name.size(), flags, nullptr) == 1;
  if (openssl_covers) CHECK(covered);
  if (covered && !openssl_covers) {
    for (const CertificateName& each : certificate.names)
      if (each.covers(*host)) CHECK(!openssl_matches_by_rfc(each, name));
  }
}

void check_address(const Certificate& certificate, X509* oracle, std::string_view bytes) {
  bool openssl_covers = X509_check_ip(oracle, bytes_of(bytes), bytes.size(), 0) == 1;
  std::optional<IpAddress> address;
  if (bytes.size() == 4) {
    std::array<uint8_t, 4> v4{};
    std::copy(bytes.begin(), bytes.end(), v4.begin());
    address = IpAddress::v4(v4);
  } else if (bytes.size() == 16) {
    std::array<uint8_t, 16> v6{};
    std::copy(bytes.begin(), bytes.end(), v6.begin());
    address = IpAddress::v6(v6);
  }
  if (address) CHECK(certificate.covers(*address) == openssl_covers);
}

/// Hosts that the name should cover, and some beside it.
void check_hosts_around(const Certificate& certificate, X509* oracle, std::string_view dns) {
  std::string name(dns.starts_with("*.") ? dns.substr(2) : dns);
  check_host(certificate, oracle, name);
  check_host(certificate, oracle, "www." + name);
  check_host(certificate, oracle, "xn--bcher-kva." + name);
  check_host(certificate, oracle, "_dmarc." + name);
  check_host(certificate, oracle, "a.b." + name);
  if (size_t dot = name.find('.'); dot != std::string::npos)
    check_host(certificate, oracle, "www" + name.substr(dot));
}

void check_names(const Certificate& certificate, X509* oracle) {
  for (const CertificateName& name : certificate.names) {
    auto again = name.host().address() ? CertificateName::address(IpAddress::parse(name.text()).value())
                                       : CertificateName::parse_dns(name.text()).value();
    CHECK(again == name);
  }

  int critical = 0;
  NamesPointer entries(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(oracle, NID_subject_alt_name, &critical, nullptr)));
  ERR_clear_error();
  CHECK(certificate.has_subject_alternative_names == (entries != nullptr || critical != -1));
  if (!entries) return;  // entries of other types that OpenSSL cannot decode do not concern us

  // BER forms that DER does not allow make us refuse the whole list.
  bool refused = certificate.unusable_names.size() == 1 &&
                 certificate.unusable_names[0] == "the whole subjectAltName (it cannot be decoded)";
  if (refused) return;
  size_t usable = 0;
  size_t all = 0;
  constexpr size_t max_checked = 30;
  for (int i = 0; i < sk_GENERAL_NAME_num(entries.get()); ++i) {
    const GENERAL_NAME* entry = sk_GENERAL_NAME_value(entries.get(), i);
    if (entry->type != GEN_DNS && entry->type != GEN_IPADD) continue;
    std::string_view value = text_of(entry->type == GEN_DNS ? entry->d.dNSName : entry->d.iPAddress);
    ++all;
    if (entry->type == GEN_DNS) {
      auto name = CertificateName::parse_dns(value);
      if (name) CHECK(usable < certificate.names.size() && certificate.names[usable++] == *name);
      if (all <= max_checked) check_hosts_around(certificate, oracle, value);
    } else {
      if (value.size() == 4 || value.size() == 16) {
        const IpAddress* address = certificate.names[usable++].host().address();
        CHECK(address != nullptr && address->bytes() == value);
      }
      if (all <= max_checked) check_address(certificate, oracle, value);
    }
  }
  CHECK(usable == certificate.names.size());
  CHECK(all == usable + certificate.unusable_names.size());
}

void check_certificate(const Certificate& certificate, X509* oracle, std::string_view der) {
  Digest digest;
  unsigned size = 0;
  CHECK(X509_digest(oracle, EVP_sha256(), digest.data(), &size) == 1);
  // OpenSSL's digest is of what it would write, ours of what stands in the file: they differ where the file
  // is BER that is not DER.
  unsigned char* rewritten = nullptr;
  const int length = i2d_X509(oracle, &rewritten);
  CHECK(length > 0);
  const std::string_view canonical(reinterpret_cast<const char*>(rewritten), static_cast<size_t>(length));
  if (der.starts_with(canonical)) CHECK(certificate.fingerprint == digest);
  OPENSSL_free(rewritten);
  CHECK(!certificate.expired_at(certificate.not_after));
  check_names(certificate, oracle);
}

void check_der(std::string_view der) {
  auto certificate = decode_certificate(der);
  CHECK(decode_authority(der).has_value() == (openssl_decodes(der) != nullptr));
  X509Pointer oracle = openssl_decodes_leaf(der);
  if (certificate) {
    CHECK(oracle != nullptr);
    check_certificate(*certificate, oracle.get(), der);
  } else if (oracle) {
    // OpenSSL leaves bad dates to those who look at them.
    CHECK(certificate.error() == "its validity is not a pair of dates");
  }
}

std::string armoured(std::string_view der) {
  BioPointer bio(BIO_new(BIO_s_mem()));
  CHECK(PEM_write_bio(bio.get(), "CERTIFICATE", "", bytes_of(der), static_cast<long>(der.size())) > 0);
  char* text = nullptr;
  long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<size_t>(size)};
}

/// nginx and SSL_CTX_use_certificate_chain_file: the leaf with or without OpenSSL's attributes, then plain
/// ones.
std::vector<X509Pointer> server_loads(std::string_view bytes) {
  BioPointer bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  std::vector<X509Pointer> chain;
  auto no_password = [](char*, int, int, void*) { return -1; };
  chain.emplace_back(PEM_read_bio_X509_AUX(bio.get(), nullptr, no_password, nullptr));
  while (chain.back()) chain.emplace_back(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
  chain.pop_back();
  unsigned long error = ERR_peek_last_error();
  bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) chain.clear();
  return chain;
}

/// OpenSSL takes lines as C strings of at most 254 bytes, and behind a blank line wants lines of 64.
bool is_beyond_comparison(std::string_view bytes) {
  if (bytes.find('\0') != std::string_view::npos) return true;
  bool in_first_line_of_block = false;
  for (size_t at = 0; at < bytes.size();) {
    size_t end = std::min(bytes.find('\n', at), bytes.size());
    std::string_view line = bytes.substr(at, end - at);
    bool is_blank =
        std::all_of(line.begin(), line.end(), [](char c) { return static_cast<signed char>(c) <= ' '; });
    if (line.size() > 250 || (is_blank && in_first_line_of_block)) return true;
    in_first_line_of_block = line.starts_with("-----BEGIN");
    at = end + 1;
  }
  return false;
}

void check_refusal(const CertificateError& error, std::string_view bytes) {
  if (error.problem == CertificateProblem::too_large || is_beyond_comparison(bytes)) return;
  // OpenSSL leaves bad dates to those who look at them.
  if (error.message.find("its validity is not a pair of dates") != std::string::npos) return;
  CHECK(server_loads(bytes).empty());
}

void check_file(std::string_view bytes) {
  auto certificate = read_certificate_bytes(bytes, "/file");
  auto authorities = read_authorities_bytes(bytes, "/file");
  if (!certificate) {
    CHECK(certificate.error().path == "/file");
    CHECK(!certificate.error().message.empty());
    check_refusal(certificate.error(), bytes);
    return;
  }
  CHECK(authorities.has_value());
  CHECK((*authorities)->count >= 1 &&
        (*authorities)->subjects.size() == static_cast<size_t>((*authorities)->count));

  // In pieces, it must be the same.
  CertificateExtractor whole(max_chain_length), pieces(max_chain_length);
  whole.receive(bytes);
  for (size_t at = 0, size = 1; at < bytes.size(); at += size, size = size * 2 % 61 + 1) {
    pieces.receive(bytes.substr(at, size));
  }
  FoundInFile a = whole.finish();
  FoundInFile b = pieces.finish();
  CHECK(a.certificates.size() == b.certificates.size());
  for (size_t i = 0; i < a.certificates.size(); ++i) CHECK(a.certificates[i].der == b.certificates[i].der);

  if (a.certificates[0].line == 0) return;  // DER, which servers do not load but people have
  if (is_beyond_comparison(bytes)) return;
  auto loaded = server_loads(bytes);
  // OpenSSL also decodes the base64 of blocks that it then passes over; we do not look into them.
  bool has_other_blocks = a.private_key || a.encrypted_private_key || !a.other_labels.empty();
  if (loaded.empty() && has_other_blocks) return;
  CHECK(static_cast<int>(loaded.size()) == (*certificate)->chain_length);
  check_certificate(**certificate, loaded[0].get(), a.certificates[0].der);
}

std::string tlv(unsigned char tag, std::string_view content) {
  std::string length;
  for (size_t left = content.size(); left > 0; left >>= 8)
    length.insert(length.begin(), static_cast<char>(left & 0xFF));
  std::string element(1, static_cast<char>(tag));
  if (content.size() < 0x80) {
    element += static_cast<char>(content.size());
  } else {
    element += static_cast<char>(0x80 | length.size());
    element += length;
  }
  return element.append(content);
}

/// A version 3 certificate of nobody for nobody, with this subjectAltName and a signature of no bits.
std::string certificate_with(std::string_view alternative_names) {
  std::string nothing(1, '\0');
  std::string version = tlv(0xA0, tlv(0x02, "\x02"));
  std::string serial = tlv(0x02, "\x01");
  std::string algorithm = tlv(0x30, tlv(0x06, "\x2B\x65\x70"));
  std::string nobody = tlv(0x30, "");
  std::string validity = tlv(0x30, tlv(0x17, "260101000000Z") + tlv(0x17, "360101000000Z"));
  std::string key = tlv(0x30, algorithm + tlv(0x03, nothing));
  std::string extension = tlv(0x30, tlv(0x06, "\x55\x1D\x11") + tlv(0x04, tlv(0x30, alternative_names)));
  std::string extensions = tlv(0xA3, tlv(0x30, extension));
  std::string fields = version + serial + algorithm + nobody + validity + nobody + key + extensions;
  return tlv(0x30, tlv(0x30, fields) + algorithm + tlv(0x03, nothing));
}

void check_made_of(std::string_view lines) {
  std::string entries;
  for (size_t at = 0; at <= lines.size();) {
    size_t end = std::min(lines.find('\n', at), lines.size());
    std::string_view line = lines.substr(at, end - at);
    entries += line.starts_with('@') ? tlv(0x87, line.substr(1)) : tlv(0x82, line);
    at = end + 1;
  }
  std::string der = certificate_with(entries);
  CHECK(decode_certificate(der).has_value());
  check_der(der);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string_view rest = naive::text_of(data + 1, size - 1);
  switch (data[0]) {
    case 'F':
      check_file(rest);
      break;
    case 'D':
      check_der(rest);
      if (!rest.empty()) check_file(armoured(rest));
      break;
    case 'N':
      check_made_of(rest);
      break;
    default:
      break;
  }
  return 0;
}
