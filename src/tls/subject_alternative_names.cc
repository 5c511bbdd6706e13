#include "tls/subject_alternative_names.h"

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "names/raw_host.h"

namespace astray {
namespace {

struct Element {
  int tag;
  int tag_class;
  bool constructed;
  std::string_view content;
};

/// Takes one element off the front; nothing when there is none with a definite length that fits.
std::optional<Element> take_element(std::string_view& der) {
  constexpr int invalid = 0x80;
  constexpr int indefinite = 0x01;
  const auto* start = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* at = start;
  long size = 0;
  Element element{};
  int form = ASN1_get_object(&at, &size, &element.tag, &element.tag_class, static_cast<long>(der.size()));
  if ((form & (invalid | indefinite)) != 0) {
    ERR_clear_error();
    return std::nullopt;
  }
  element.constructed = (form & V_ASN1_CONSTRUCTED) != 0;
  auto header = static_cast<size_t>(at - start);
  element.content = der.substr(header, static_cast<size_t>(size));
  der.remove_prefix(header + static_cast<size_t>(size));
  return element;
}

void add_dns(SubjectAlternativeNames& names, std::string_view text) {
  if (auto name = CertificateName::parse_dns(text)) {
    names.usable.push_back(std::move(*name));
  } else {
    names.refuse(text.empty() ? "(empty)" : RawHost(std::string(text)).printable(), describe(name.error()));
  }
}

template <size_t size>
std::array<uint8_t, size> as_array(std::string_view bytes) {
  std::array<uint8_t, size> array;
  std::copy(bytes.begin(), bytes.end(), array.begin());
  return array;
}

void add_address(SubjectAlternativeNames& names, std::string_view bytes) {
  switch (bytes.size()) {
    case 4:
      return names.usable.push_back(CertificateName::address(IpAddress::v4(as_array<4>(bytes))));
    case 16:
      return names.usable.push_back(CertificateName::address(IpAddress::v6(as_array<16>(bytes))));
    default:
      names.refuse("an iPAddress", fmt::format("it has {} bytes; IPv4 has 4 and IPv6 has 16", bytes.size()));
  }
}

/// Gives false if this is no GeneralName of definite form.
bool add(SubjectAlternativeNames& names, const Element& element) {
  if (element.tag_class != V_ASN1_CONTEXT_SPECIFIC || element.tag > GEN_RID) return false;
  if (element.tag != GEN_DNS && element.tag != GEN_IPADD) return true;
  if (element.constructed) return false;
  element.tag == GEN_DNS ? add_dns(names, element.content) : add_address(names, element.content);
  return true;
}

SubjectAlternativeNames undecodable() {
  SubjectAlternativeNames none;
  none.refuse("the whole subjectAltName", "it cannot be decoded");
  return none;
}

}  // namespace

void SubjectAlternativeNames::refuse(std::string_view entry, std::string_view reason) {
  unusable.push_back(fmt::format("{} ({})", entry, reason));
}

SubjectAlternativeNames SubjectAlternativeNames::decode(std::string_view der) {
  auto list = take_element(der);
  bool is_sequence =
      list && list->tag == V_ASN1_SEQUENCE && list->tag_class == V_ASN1_UNIVERSAL && list->constructed;
  if (!is_sequence || !der.empty()) return undecodable();

  constexpr size_t usual_entry_bytes = 24;
  SubjectAlternativeNames names;
  names.usable.reserve(list->content.size() / usual_entry_bytes + 1);
  while (!list->content.empty()) {
    auto element = take_element(list->content);
    if (!element || !add(names, *element)) return undecodable();
  }
  return names;
}

}  // namespace astray
