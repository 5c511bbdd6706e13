#include "servers/nginx/name_table.h"

#include <bit>
#include <functional>

namespace astray::nginx {
namespace {

uint32_t hash_of(std::string_view key) {
  const size_t hash = std::hash<std::string_view>{}(key);
  return static_cast<uint32_t>(hash ^ (hash >> 32));
}

}  // namespace

void NameTable::Index::reserve(size_t count) {
  entries_.reserve(count);
  grow(std::bit_ceil(count + count / 3 + 1));
}

void NameTable::Index::grow(size_t slot_count) {
  std::vector<Slot> slots(slot_count);
  for (const Slot& slot : slots_) {
    if (slot.entry == free_slot) continue;
    size_t at = slot.hash & (slot_count - 1);
    while (slots[at].entry != free_slot) at = (at + 1) & (slot_count - 1);
    slots[at] = slot;
  }
  slots_ = std::move(slots);
}

bool NameTable::Index::add(const Entry& entry) {
  if ((entries_.size() + 1) * 4 > slots_.size() * 3) grow(std::bit_ceil((entries_.size() + 1) * 2));
  const uint32_t hash = hash_of(entry.key);
  size_t at = hash & (slots_.size() - 1);
  for (; slots_[at].entry != free_slot; at = (at + 1) & (slots_.size() - 1))
    if (slots_[at].hash == hash && entries_[slots_[at].entry].key == entry.key) return false;
  slots_[at] = {hash, static_cast<uint32_t>(entries_.size())};
  entries_.push_back(entry);
  return true;
}

const NameTable::Entry* NameTable::Index::find(std::string_view key) const {
  if (slots_.empty()) return nullptr;
  const uint32_t hash = hash_of(key);
  for (size_t at = hash & (slots_.size() - 1); slots_[at].entry != free_slot;
       at = (at + 1) & (slots_.size() - 1))
    if (slots_[at].hash == hash && entries_[slots_[at].entry].key == key) return &entries_[slots_[at].entry];
  return nullptr;
}

NameTable::NameTable(const Deployment& deployment, std::span<const VirtualHostId> virtual_hosts) {
  size_t count = 0;
  for (const VirtualHostId id : virtual_hosts) count += deployment.virtual_host(id).names.size() + 1;
  exact_.reserve(count);
  Index claimed_apexes;
  bool last_regex_has_captures = false;
  for (const VirtualHostId id : virtual_hosts) {
    const VirtualHost& host = deployment.virtual_host(id);
    if (host.names.empty()) exact_.add({"", id, {}, true});
    const size_t regex_count = regexes_.size();
    for (const NamedPattern& name : host.names) add(name, id, claimed_apexes);
    // The last expression decides, as `captures` is overwritten by each (ngx_http_core_server_name).
    if (regexes_.size() != regex_count) last_regex_has_captures = regexes_.back().regex.has_captures();
  }
  is_consulted_ = virtual_hosts.size() > 1 || last_regex_has_captures;
}

// The order of claims is that of ngx_hash_add_key: ".x" claims "x" as well as all below it, and claims
// nothing when either is taken.
void NameTable::add(const NamedPattern& name, VirtualHostId id, Index& claimed_apexes) {
  const std::string& text = name.pattern.text;
  switch (name.pattern.kind) {
    case PatternKind::exact:
      if (claimed_apexes.find(text) == nullptr) exact_.add({text, id, name.span, true});
      break;
    case PatternKind::dotted_suffix:
      if (exact_.find(text) != nullptr) break;
      if (!claimed_apexes.add({text, id, name.span, true})) break;
      leading_.add({text, id, name.span, true});
      break;
    case PatternKind::leading_wildcard:
      leading_.add({text, id, name.span, false});
      break;
    case PatternKind::trailing_wildcard:
      trailing_.add({text, id, name.span, false});
      break;
    case PatternKind::regex:
      // What does not compile was reported by the reader.
      if (Result<Regex> regex = compile_server_name(text))
        regexes_.push_back({std::move(*regex), id, name.span});
      break;
    case PatternKind::glob:
    case PatternKind::catch_all:
    case PatternKind::unknowable:
      break;  // `$hostname` is a name that nobody else's client asks for
  }
}

std::optional<NameTable::Found> NameTable::find_leading(std::string_view name) const {
  if (leading_.empty()) return std::nullopt;
  if (const Entry* entry = leading_.find(name); entry != nullptr && entry->covers_key_itself)
    return Found{entry->virtual_host, NameMatch::exact, entry->source};
  for (size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1))
    if (const Entry* entry = leading_.find(name.substr(dot + 1)))
      return Found{entry->virtual_host, NameMatch::wildcard, entry->source};
  return std::nullopt;
}

std::optional<NameTable::Found> NameTable::find_trailing(std::string_view name) const {
  if (trailing_.empty()) return std::nullopt;
  for (size_t dot = name.rfind('.'); dot != std::string_view::npos; dot = name.rfind('.', dot - 1)) {
    if (const Entry* entry = trailing_.find(name.substr(0, dot)))
      return Found{entry->virtual_host, NameMatch::wildcard, entry->source};
    if (dot == 0) break;
  }
  return std::nullopt;
}

NameTable::Lookup NameTable::find(std::string_view name) const {
  if (const Entry* entry = exact_.find(name))
    return {Found{entry->virtual_host, NameMatch::exact, entry->source}};
  if (name.empty()) return {};
  if (std::optional<Found> found = find_leading(name)) return {found};
  if (std::optional<Found> found = find_trailing(name)) return {found};
  for (const RegexEntry& entry : regexes_) {
    switch (entry.regex.match(name)) {
      case Regex::Outcome::match:
        return {Found{entry.virtual_host, NameMatch::regex, entry.source}};
      case Regex::Outcome::failed:
        return {std::nullopt, true};
      case Regex::Outcome::no_match:
        break;
    }
  }
  return {};
}

}  // namespace astray::nginx
