#include <algorithm>
#include <unordered_map>

#include "servers/kubernetes/gateways.h"

namespace astray::kubernetes {
namespace {

constexpr size_t max_overlaps = 64;
/// A label that no host name has by itself: stands for any name below a wildcard.
constexpr std::string_view any_label = "any.";

class OverlapFinder {
 public:
  explicit OverlapFinder(PortPart& port) : port_(port) {
    for (size_t i = 0; i < port.listeners.size(); ++i) {
      const std::string& hostname = port.listeners[i].hostname;
      if (!hostname.empty() && !hostname.starts_with("*.") && hostname.find('.') != std::string::npos)
        below_[hostname.substr(hostname.find('.') + 1)].push_back(i);
    }
  }

  void run() {
    for (size_t i = 0; i < port_.listeners.size(); ++i)
      if (port_.listeners[i].tls)
        for (const CertificateUse& use : port_.listeners[i].tls->certificates)
          if (use.certificate)
            for (const CertificateName& name : use.certificate->names) add_certificate_name(i, name.text());
    for (size_t i = 0; i < port_.listeners.size(); ++i)
      if (port_.listeners[i].tls) add_wider_hostname(i);
  }

 private:
  void add_certificate_name(size_t from, const std::string& name) {
    if (!name.starts_with("*.")) return add_owner(from, name);
    const std::string parent = name.substr(2);
    if (const auto below = below_.find(parent); below != below_.end())
      for (const size_t to : below->second) add(from, to, port_.listeners[to].hostname, true);
    add_owner(from, std::string(any_label) + parent);
  }

  void add_owner(size_t from, const std::string& name) {
    if (const auto owner = port_.by_hostname.find(name)) {
      const bool is_made = name.starts_with(any_label);
      add(from, owner->value, is_made ? "*." + name.substr(any_label.size()) : name, true);
    }
  }

  /// The next wider host name that takes all that this one takes.
  void add_wider_hostname(size_t from) {
    const std::string& own = port_.listeners[from].hostname;
    if (own.empty()) return;
    const size_t begin = own.starts_with("*.") ? 2 : 0;
    for (size_t dot = own.find('.', begin); dot != std::string::npos; dot = own.find('.', dot + 1))
      if (const auto wider = port_.by_hostname.at("*" + own.substr(dot))) return add(*wider, from, own, false);
    if (const auto every = port_.by_hostname.at("")) add(*every, from, own, false);
  }

  void add(size_t first, size_t second, const std::string& name, bool by_certificate) {
    if (first == second || !port_.listeners[second].tls || port_.overlaps.size() >= max_overlaps) return;
    const bool is_told = std::ranges::any_of(port_.overlaps, [&](const Overlap& told) {
      return (told.first == first && told.second == second) || (told.first == second && told.second == first);
    });
    if (!is_told) port_.overlaps.push_back({first, second, name, by_certificate});
  }

  PortPart& port_;
  std::unordered_map<std::string, std::vector<size_t>> below_{};
};

}  // namespace

void find_overlaps(PortPart& port) {
  OverlapFinder(port).run();
}

}  // namespace astray::kubernetes
