#include "servers/httpd/name_index.h"

#include <algorithm>
#include <bit>

#include "base/ascii.h"
#include "servers/httpd/alias_pattern.h"

namespace astray::httpd {
namespace {

// From the last byte to the first, so that the hashes of all suffixes come for free with the whole name's.
constexpr uint64_t hash_start = 14695981039346656037u;
uint64_t hash_step(uint64_t hash, char c) {
  return (hash ^ static_cast<unsigned char>(ascii_lower(c))) * 1099511628211u;
}

uint64_t backward_hash(std::string_view text) {
  uint64_t hash = hash_start;
  for (size_t i = text.size(); i > 0; --i) hash = hash_step(hash, text[i - 1]);
  return hash;
}

uint32_t spread(uint64_t hash) {
  return static_cast<uint32_t>((hash ^ (hash >> 29)) * 0x9E3779B97F4A7C15u >> 32);
}

/// The whole labels that every match ends with: "example.com" of "w*w.example.com"; "" when there are none.
std::string_view literal_suffix(std::string_view glob) {
  size_t wildcard = glob.find_last_of("*?");
  size_t dot = glob.find('.', wildcard);
  return dot == std::string_view::npos ? std::string_view() : glob.substr(dot + 1);
}

/// The whole labels that every match begins with: "www.example" of "www.example.*".
std::string_view literal_prefix(std::string_view glob) {
  size_t wildcard = glob.find_first_of("*?");
  size_t dot = wildcard == 0 ? std::string_view::npos : glob.rfind('.', wildcard - 1);
  return dot == std::string_view::npos ? std::string_view() : glob.substr(0, dot);
}

bool matches_everything(std::string_view glob) {
  return glob.find_first_not_of('*') == std::string_view::npos;
}

}  // namespace

void NameIndex::Table::grow(size_t size) {
  std::vector<Entry> old = std::move(entries_);
  entries_.assign(size, {});
  filter_.assign(std::max<size_t>(size / 8, 1), 0);
  for (const Entry& entry : old) {
    if (entry.value == nowhere) continue;
    size_t at = entry.hash & (size - 1);
    while (entries_[at].value != nowhere) at = (at + 1) & (size - 1);
    entries_[at] = entry;
    mark(entry.hash);
  }
}

void NameIndex::Table::reserve(size_t entries) {
  grow(std::bit_ceil(2 * entries + 8));
}

uint32_t NameIndex::Table::insert(std::string_view text, uint64_t hash, uint32_t value) {
  if (2 * (used_ + 1) > entries_.size()) grow(std::bit_ceil(4 * used_ + 8));
  uint32_t spread_hash = spread(hash);
  size_t at = spread_hash & (entries_.size() - 1);
  for (; entries_[at].value != nowhere; at = (at + 1) & (entries_.size() - 1))
    if (entries_[at].hash == spread_hash && ascii_iequals(this->text(entries_[at]), text))
      return entries_[at].value;
  entries_[at] = {spread_hash, value, static_cast<uint32_t>(pool_.size()),
                  static_cast<uint32_t>(text.size())};
  pool_ += text;
  mark(spread_hash);
  ++used_;
  return value;
}

uint32_t NameIndex::Table::find(std::string_view text, uint64_t hash) const {
  if (used_ == 0) return nowhere;
  uint32_t spread_hash = spread(hash);
  if ((filter_[(spread_hash >> 6) & (filter_.size() - 1)] >> (spread_hash & 63) & 1) == 0) return nowhere;
  for (size_t at = spread_hash & (entries_.size() - 1); entries_[at].value != nowhere;
       at = (at + 1) & (entries_.size() - 1))
    if (entries_[at].hash == spread_hash && ascii_iequals(this->text(entries_[at]), text))
      return entries_[at].value;
  return nowhere;
}

NameIndex::NameIndex(const Deployment& deployment, std::span<const VirtualHostId> hosts) {
  size_t exact_names = 0;
  for (VirtualHostId id : hosts)
    for (const NamedPattern& name : deployment.virtual_host(id).names)
      if (name.pattern.kind == PatternKind::exact) ++exact_names;
  exact_.reserve(exact_names);
  for (uint32_t position = 0; position < hosts.size(); ++position)
    for (const NamedPattern& name : deployment.virtual_host(hosts[position]).names)
      add(name.pattern, position);
}

void NameIndex::add(const ServerNamePattern& pattern, uint32_t position) {
  if (pattern.kind == PatternKind::exact) {
    exact_.insert(pattern.text, backward_hash(pattern.text), position);
    return;
  }
  bool leading = pattern.kind == PatternKind::leading_wildcard;
  if (!leading && pattern.kind != PatternKind::glob) return;
  std::string_view suffix = leading ? std::string_view(pattern.text) : literal_suffix(pattern.text);
  Glob glob{leading ? std::string_view() : std::string_view(pattern.text), position};
  if (!suffix.empty()) {
    uint32_t bucket =
        suffixes_.insert(suffix, backward_hash(suffix), static_cast<uint32_t>(suffix_globs_.size()));
    if (bucket == suffix_globs_.size()) suffix_globs_.emplace_back();
    suffix_globs_[bucket].push_back(glob);
    return;
  }
  std::string_view prefix = literal_prefix(pattern.text);
  if (!prefix.empty()) {
    uint32_t bucket =
        prefixes_.insert(prefix, backward_hash(prefix), static_cast<uint32_t>(prefix_globs_.size()));
    if (bucket == prefix_globs_.size()) prefix_globs_.emplace_back();
    prefix_globs_[bucket].push_back(glob);
    return;
  }
  if (has_catch_all_) return;
  has_catch_all_ = matches_everything(pattern.text);
  other_globs_.push_back(glob);
}

void NameIndex::try_bucket(const std::vector<Glob>& bucket, std::string_view name, Found& best) {
  for (const Glob& glob : bucket) {
    if (glob.position >= best.position) return;
    if (!glob.pattern.empty() && !glob_matches(glob.pattern, name)) continue;
    best = {glob.position, NameMatch::wildcard};
    return;
  }
}

NameIndex::Found NameIndex::find(std::string_view name) const {
  // `best` so far by wildcards alone; an exact name wins at an equal position.
  Found best;
  uint64_t hash = hash_start;
  for (size_t i = name.size(); i > 0; --i) {
    if (name[i - 1] == '.' && !suffixes_.empty()) {
      uint32_t bucket = suffixes_.find(name.substr(i), hash);
      if (bucket != nowhere) try_bucket(suffix_globs_[bucket], name, best);
    }
    hash = hash_step(hash, name[i - 1]);
  }
  if (!prefixes_.empty())
    for (size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
      uint32_t bucket = prefixes_.find(name.substr(0, dot), backward_hash(name.substr(0, dot)));
      if (bucket != nowhere) try_bucket(prefix_globs_[bucket], name, best);
    }
  try_bucket(other_globs_, name, best);
  uint32_t exact = exact_.find(name, hash);
  if (exact != nowhere && exact <= best.position) best = {exact, NameMatch::exact};
  return best;
}

}  // namespace astray::httpd
