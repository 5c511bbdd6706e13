// Input: a dNSName, a line feed, and a host.

#include "names/certificate_name.h"

#include "base/check.h"
#include "naive_names.h"

using namespace astray;

namespace {

bool naive_is_certificate_name(std::string_view text) {
  if (!naive::is_ascii(text) || text.size() > 253 || text.ends_with('.')) return false;
  std::vector<std::string> labels = naive::labels_of(text);
  if (labels[0] == "*" && labels.size() > 1) return naive::is_hostname(text.substr(2));
  return naive::is_hostname(text);
}

/// RFC 9525 §6.3, label by label.
bool naive_covers(std::string_view presented, std::string_view reference) {
  std::vector<std::string> pattern = naive::labels_of(naive::lower(presented));
  std::vector<std::string> name = naive::labels_of(naive::lower(reference));
  if (pattern.size() != name.size()) return false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    bool any_label = i == 0 && pattern[i] == "*";
    if (!any_label && pattern[i] != name[i]) return false;
  }
  return true;
}

void check_names_made_for(const Hostname& hostname) {
  Host host = hostname;
  std::string text(hostname.text());
  CHECK(CertificateName::parse_dns(text)->covers(host));

  std::vector<std::string> labels = naive::labels_of(text);
  std::string parent, grandparent;
  for (size_t i = 1; i < labels.size(); ++i) parent += "." + labels[i];
  for (size_t i = 2; i < labels.size(); ++i) grandparent += "." + labels[i];
  if (labels.size() > 1) CHECK(CertificateName::parse_dns("*" + parent)->covers(host));
  if (labels.size() > 2) CHECK(!CertificateName::parse_dns("*" + grandparent)->covers(host));
  auto below = CertificateName::parse_dns("*." + text);
  if (below) CHECK(!below->covers(host));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = naive::text_of(data, size);
  std::string_view presented = text.substr(0, text.find('\n'));
  std::string_view reference = presented.size() == text.size() ? text : text.substr(presented.size() + 1);

  auto name = CertificateName::parse_dns(presented);
  CHECK(name.has_value() == naive_is_certificate_name(presented));
  CHECK(CertificateName::parse_dns(naive::swap_case(presented)) == name);
  if (name) {
    CHECK(name->text() == naive::lower(presented));
    CHECK(CertificateName::parse_dns(name->text()) == *name);
    CHECK(name->is_wildcard() == presented.starts_with('*'));
  } else {
    CHECK(!describe(name.error()).empty());
  }

  auto host = Host::parse(reference);
  if (!host) return 0;
  if (host->name()) check_names_made_for(*host->name());
  if (name) {
    bool expected = host->name() != nullptr && naive_covers(presented, host->name()->text());
    CHECK(name->covers(*host) == expected);
  }
  if (const IpAddress* ip = host->address()) {
    CHECK(CertificateName::address(*ip).covers(*host));
    CHECK(IpAddress::parse(CertificateName::address(*ip).text()) == *ip);
  }
  return 0;
}
