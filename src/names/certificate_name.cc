#include "names/certificate_name.h"

#include <algorithm>

namespace astray {
namespace {

constexpr size_t max_pattern_bytes = 253;  // the wildcard counts as the label that it is

using Parsed = Result<Hostname, CertificateNameError>;

Parsed parse_fixed_part(std::string_view text) {
  auto name = Hostname::parse(text);
  if (!name) return Failure<CertificateNameError>(CertificateNameError::not_a_hostname);
  return std::move(*name);
}

bool is_preferred_name_syntax(std::string_view text) {
  return text.size() <= max_pattern_bytes && !text.ends_with('.') &&
         std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace

std::string_view describe(CertificateNameError error) {
  switch (error) {
    case CertificateNameError::not_a_hostname:
      return "it is not a host name";
    case CertificateNameError::partial_wildcard:
      return "its '*' is not a whole label, and clients match none such";
    case CertificateNameError::inner_wildcard:
      return "its '*' is not the left-most label, and clients match none such";
    case CertificateNameError::bare_wildcard:
      return "it is a '*' alone, which no client matches";
  }
  return {};
}

Result<CertificateName, CertificateNameError> CertificateName::parse_dns(std::string_view text) {
  if (text == "*") return Failure<CertificateNameError>(CertificateNameError::bare_wildcard);
  if (!is_preferred_name_syntax(text)) {
    return Failure<CertificateNameError>(CertificateNameError::not_a_hostname);
  }

  bool wildcard = text.starts_with("*.");
  if (wildcard) text.remove_prefix(2);
  if (size_t star = text.find('*'); star != std::string_view::npos) {
    bool whole_label =
        (star == 0 || text[star - 1] == '.') && (star + 1 == text.size() || text[star + 1] == '.');
    return Failure<CertificateNameError>(whole_label ? CertificateNameError::inner_wildcard
                                                     : CertificateNameError::partial_wildcard);
  }
  auto name = parse_fixed_part(text);
  if (!name) return Failure<CertificateNameError>(name.error());
  return CertificateName(std::move(*name), wildcard);
}

CertificateName CertificateName::address(IpAddress ip) {
  return CertificateName(ip, false);
}

bool CertificateName::covers(const Host& host) const {
  if (!wildcard_) return host_ == host;
  const Hostname* name = host.name();
  return name != nullptr && name->parent() == host_.name()->text();
}

std::string CertificateName::text() const {
  if (const IpAddress* ip = host_.address()) return ip->text();
  return wildcard_ ? "*." + host_.text() : host_.text();
}

}  // namespace astray
