#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "names/hostname.h"
#include "names/ip_address.h"

namespace astray {

/// What the user says DNS answers (`--dns FILE`). Two forms, mixed line by line; '#' and ';' begin a comment:
///   192.0.2.1  www.example.com example.com        as in /etc/hosts
///   www.example.com.  300 IN AAAA 2001:db8::1      as in a zone file (TTL and class optional; A, AAAA,
///   CNAME)
/// Names are always complete: there is no $ORIGIN, and a trailing dot changes nothing. Records of other types
/// (SOA, MX, TXT …) say nothing about addresses and are passed over, so that the output of `dig` can be used
/// as it is. A name of the form *.example.com answers for names below it, any number of labels, unless the
/// file has a line for the name or for something between it and example.com (RFC 4592 §2.2, §3.3.1: the
/// closest encloser decides).
class DnsView {
 public:
  /// A malformed line is an Error that names file, line and what was expected.
  static Result<DnsView> parse(std::string_view text, std::string_view file_name);

  bool empty() const { return records_.empty(); }
  /// Every A and AAAA of the name, each once, in the order of the file, CNAMEs followed (at most 8); empty
  /// when the file does not know it, or when its CNAMEs run in a circle.
  std::vector<IpAddress> addresses(const Hostname& name) const;
  /// Whether the file says anything about the name, be it through a wildcard.
  bool knows(const Hostname& name) const { return find(name.text()) != nullptr; }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Record {
    std::vector<IpAddress> addresses;
    std::string alias;  ///< of a CNAME; then there are no addresses (RFC 1034 §3.6.2)
  };
  class Parser;

  /// The record that answers for the name: its own, or that of the wildcard at its closest encloser.
  const Record* find(std::string_view name) const;

  std::unordered_map<std::string, Record, Hash, std::equal_to<>>
      records_;  ///< by owner, "*.example.com" among them
  /// Names that exist only because something lies below them (RFC 4592 §2.2.2: empty non-terminals).
  std::unordered_set<std::string, Hash, std::equal_to<>> ancestors_;
};

}  // namespace astray
