#pragma once
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "names/hostname.h"
#include "names/ip_address.h"

namespace astray {

/// What the user says DNS answers (`--dns FILE`). Two forms, mixed line by line, '#' comments:
///   192.0.2.1  www.example.com example.com        as in /etc/hosts
///   www.example.com.  300 IN AAAA 2001:db8::1      as in a zone file (TTL and class optional; A, AAAA, CNAME)
/// A name of the form *.example.com answers for names below it that have no line of their own (RFC 4592).
class DnsView {
 public:
  /// A malformed line is an Error that names file, line and what was expected.
  static Result<DnsView> parse(std::string_view text, std::string_view file_name);

  bool empty() const { return addresses_.empty(); }
  /// Every A and AAAA of the name, CNAMEs followed (at most 8); empty when the file does not know it.
  std::vector<IpAddress> addresses(const Hostname& name) const;

 private:
  std::unordered_map<std::string, std::vector<IpAddress>> addresses_;
  std::unordered_map<std::string, std::string> aliases_;
};

}  // namespace astray
