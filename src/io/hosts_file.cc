#include "io/hosts_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace astray {
namespace {

constexpr std::string_view blanks = " \t\r\v\f";

/// The next word of `line`, taken off its front; "" at the end.
std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  std::string_view word = line.substr(0, line.find_first_of(blanks));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

HostsFile HostsFile::parse(std::string_view text) {
  HostsFile hosts;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find('#'));
    auto address = IpAddress::parse(next_word(line));
    if (!address) continue;
    for (std::string_view word = next_word(line); !word.empty(); word = next_word(line))
      if (auto name = Hostname::parse(word)) hosts.names_[*name].push_back(*address);
  }
  return hosts;
}

HostsFile HostsFile::read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

const std::vector<IpAddress>& HostsFile::addresses(const Hostname& name) const {
  static const std::vector<IpAddress> none;
  auto found = names_.find(name);
  return found == names_.end() ? none : found->second;
}

}  // namespace astray
