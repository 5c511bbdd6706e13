#include "audit/dns_view.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/ascii.h"
#include "names/raw_host.h"

namespace astray {
namespace {

constexpr int max_aliases = 8;
constexpr std::string_view expected_forms =
    "expected \"ADDRESS NAME…\" as in /etc/hosts, or \"NAME [TTL] [IN] A|AAAA|CNAME VALUE\" as in a zone "
    "file";

/// Record types that a zone may hold and that say nothing about addresses.
constexpr std::string_view other_types[] = {
    "SOA", "NS",     "MX",    "TXT",  "SRV",   "CAA",        "PTR",    "HTTPS", "SVCB",
    "DS",  "DNSKEY", "RRSIG", "NSEC", "NSEC3", "TLSA",       "SPF",    "NAPTR", "SSHFP",
    "LOC", "HINFO",  "RP",    "CDS",  "URI",   "NSEC3PARAM", "CDNSKEY"};

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> words;
  size_t at = 0;
  while ((at = line.find_first_not_of(" \t\r", at)) != std::string_view::npos) {
    const size_t end = std::min(line.find_first_of(" \t\r", at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

/// "300", "1h", "1d12h": seconds, or BIND's units.
bool is_ttl(std::string_view word) {
  if (!is_ascii_digit(word.front())) return false;
  return std::ranges::all_of(word, [](char c) {
    return is_ascii_digit(c) || std::string_view("smhdw").find(ascii_lower(c)) != std::string_view::npos;
  });
}

bool is_class(std::string_view word) {
  return ascii_iequals(word, "IN") || ascii_iequals(word, "CH") || ascii_iequals(word, "HS");
}

std::string quoted(std::string_view word) {
  return "\"" + RawHost(std::string(word)).printable() + "\"";
}

std::string_view parent(std::string_view name) {
  const size_t dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

}  // namespace

/// Reads the file line by line into a view.
class DnsView::Parser {
 public:
  Parser(DnsView& view, std::string_view file_name) : view_(view), file_name_(file_name) {}

  /// The line's problem, if it has one.
  std::optional<Error> line(std::string_view text) {
    ++line_number_;
    text = text.substr(0, text.find_first_of("#;"));
    const std::vector<std::string_view> words = split(text);
    if (words.empty()) return std::nullopt;
    if (const auto address = IpAddress::parse(words.front())) return hosts_line(*address, words);
    return zone_line(words);
  }

 private:
  Error error(std::string_view what) const {
    return {fmt::format("{}:{}: {}", file_name_, line_number_, what)};
  }

  std::optional<Error> hosts_line(const IpAddress& address, const std::vector<std::string_view>& words) {
    if (words.size() < 2)
      return error(fmt::format("there is no name behind the address {}; {}", words[0], expected_forms));
    for (size_t i = 1; i < words.size(); ++i) {
      const auto owner = owner_name(words[i]);
      if (!owner) return owner.error();
      if (auto problem = add_address(*owner, address)) return problem;
    }
    return std::nullopt;
  }

  std::optional<Error> zone_line(const std::vector<std::string_view>& words) {
    const std::string_view first = words.front();
    if (first.front() == '$' || first == "@")
      return error(
          fmt::format("{} is not understood: every name has to be written out, without $ORIGIN, as in the "
                      "output of `dig`",
                      quoted(first)));
    if (first.find(':') != std::string_view::npos)
      return error(
          fmt::format("{} is no IP address (an IPv6 address stands without brackets, port and zone); {}",
                      quoted(first), expected_forms));
    const auto owner = owner_name(first);
    if (!owner) return owner.error();

    size_t at = 1;
    while (at < words.size() && (is_ttl(words[at]) || is_class(words[at]))) ++at;
    if (at >= words.size())
      return error(fmt::format("there is no record type behind {}; {}", quoted(first), expected_forms));
    const std::string_view type = words[at];
    if (std::ranges::any_of(other_types, [&](std::string_view other) { return ascii_iequals(type, other); }))
      return std::nullopt;
    const bool v4 = ascii_iequals(type, "A"), v6 = ascii_iequals(type, "AAAA"),
               alias = ascii_iequals(type, "CNAME");
    if (!v4 && !v6 && !alias)
      return error(fmt::format("{} is no record type that is known here; {}", quoted(type), expected_forms));
    if (words.size() != at + 2)
      return error(fmt::format("expected exactly one value behind {}, found {}", canonical_type(type),
                               words.size() - at - 1));
    const std::string_view value = words[at + 1];
    if (alias) return add_alias(*owner, value);

    const auto address = IpAddress::parse(value);
    if (!address || address->family() != (v4 ? IpFamily::v4 : IpFamily::v6))
      return error(fmt::format("{} is no {} address, which the value of {} has to be", quoted(value),
                               v4 ? "IPv4" : "IPv6", canonical_type(type)));
    return add_address(*owner, *address);
  }

  static std::string_view canonical_type(std::string_view type) {
    return ascii_iequals(type, "A") ? "A" : ascii_iequals(type, "AAAA") ? "AAAA" : "CNAME";
  }

  /// In canonical form, a wildcard with its "*.".
  Result<std::string> owner_name(std::string_view word) const {
    const bool wildcard = word.substr(0, 2) == "*.";
    const auto name = Hostname::parse(wildcard ? word.substr(2) : word);
    if (!name) {
      return Failure<Error>(error(
          fmt::format("{} is no host name: {}; {}", quoted(word), describe(name.error()), expected_forms)));
    }
    return wildcard ? "*." + std::string(name->text()) : std::string(name->text());
  }

  std::optional<Error> add_address(const std::string& owner, const IpAddress& address) {
    Record& record = record_of(owner);
    if (!record.alias.empty())
      return error(fmt::format(
          "{} has a CNAME (to {}) in an earlier line; a name with a CNAME has no addresses of its "
          "own (RFC 1034 §3.6.2)",
          owner, record.alias));
    if (std::ranges::find(record.addresses, address) == record.addresses.end())
      record.addresses.push_back(address);
    return std::nullopt;
  }

  std::optional<Error> add_alias(const std::string& owner, std::string_view value) {
    const auto target = Hostname::parse(value);
    if (!target)
      return error(fmt::format("{} is no host name, which the value of CNAME has to be: {}", quoted(value),
                               describe(target.error())));
    Record& record = record_of(owner);
    if (!record.addresses.empty())
      return error(
          fmt::format("{} has an address in an earlier line; a name with a CNAME has no addresses of its own "
                      "(RFC 1034 §3.6.2)",
                      owner));
    if (!record.alias.empty() && record.alias != target->text())
      return error(fmt::format("{} has another CNAME (to {}) in an earlier line; a name has one at most",
                               owner, record.alias));
    record.alias = target->text();
    return std::nullopt;
  }

  Record& record_of(const std::string& owner) {
    const auto [found, is_new] = view_.records_.try_emplace(owner);
    if (is_new) {
      for (std::string_view above = parent(owner); !above.empty(); above = parent(above))
        if (!view_.ancestors_.emplace(above).second) break;
    }
    return found->second;
  }

  DnsView& view_;
  std::string_view file_name_;
  size_t line_number_ = 0;
};

Result<DnsView> DnsView::parse(std::string_view text, std::string_view file_name) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  DnsView view;
  Parser parser(view, file_name);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (const auto problem = parser.line(text.substr(0, end))) return Failure<Error>(*problem);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return view;
}

const DnsView::Record* DnsView::find(std::string_view name) const {
  if (const auto own = records_.find(name); own != records_.end()) return &own->second;
  if (ancestors_.contains(name)) return nullptr;
  for (std::string_view encloser = parent(name); !encloser.empty(); encloser = parent(encloser)) {
    const auto wildcard = records_.find("*." + std::string(encloser));
    if (wildcard != records_.end()) return &wildcard->second;
    if (records_.contains(encloser) || ancestors_.contains(encloser)) return nullptr;
  }
  return nullptr;
}

std::vector<IpAddress> DnsView::addresses(const Hostname& name) const {
  const Record* record = find(name.text());
  for (int followed = 0; record != nullptr && !record->alias.empty(); ++followed) {
    if (followed == max_aliases) return {};
    record = find(record->alias);
  }
  return record == nullptr ? std::vector<IpAddress>() : record->addresses;
}

}  // namespace astray
