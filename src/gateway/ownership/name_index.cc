#include "gateway/ownership/name_index.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace astray::gateway {
namespace {

constexpr size_t names_in_a_bucket = 3;  // the mean
constexpr size_t unit = 4;
constexpr size_t cache_line = 64;

constexpr uint8_t reaches_any_depth = 1;
constexpr uint8_t covers_children = 2;
constexpr uint8_t last_of_bucket = 4;

uint16_t part_of(uint64_t hash) {
  return static_cast<uint16_t>(hash);
}

uint8_t traits_of(const NameIndex::Entry& entry) {
  return static_cast<uint8_t>((entry.reach == WildcardReach::any_depth ? reaches_any_depth : 0) |
                              (entry.covers_children ? covers_children : 0));
}

}  // namespace

NameIndex::NameIndex(const HashKey& key, std::span<const Item> items, std::vector<Duplicate>& duplicates)
    : key_(key) {
  if (items.empty()) return;
  size_t buckets = items.size() / names_in_a_bucket + 1;
  CHECK(items.size() <= UINT32_MAX);
  starts_.resize(buckets + 1);

  // The items in the order of their buckets, each bucket's in theirs: a counting sort.
  std::vector<uint64_t> hashes(items.size());
  std::vector<uint32_t> ends(buckets + 1);
  size_t text_bytes = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    CHECK(!items[i].text.empty() && items[i].text.size() <= UINT8_MAX);
    hashes[i] = keyed_hash(key_, items[i].text);
    ++ends[bucket_of(hashes[i]) + 1];
    text_bytes += items[i].text.size();
  }
  for (size_t bucket = 0; bucket < buckets; ++bucket) ends[bucket + 1] += ends[bucket];
  std::vector<uint32_t> order(items.size());
  for (size_t i = 0; i < items.size(); ++i) order[ends[bucket_of(hashes[i])]++] = static_cast<uint32_t>(i);

  bytes_.reserve(text_bytes + items.size() * sizeof(Header) + buckets * (unit - 1));
  uint32_t begin = 0;
  for (size_t bucket = 0; bucket < buckets; ++bucket) {
    starts_[bucket] = static_cast<uint32_t>(bytes_.size() / unit);
    append_bucket(items, hashes, std::span(order).subspan(begin, ends[bucket] - begin), duplicates);
    begin = ends[bucket];
  }
  CHECK(bytes_.size() / unit <= UINT32_MAX);
  starts_[buckets] = static_cast<uint32_t>(bytes_.size() / unit);
}

void NameIndex::append_bucket(std::span<const Item> items, std::span<const uint64_t> hashes,
                              std::span<const uint32_t> members, std::vector<Duplicate>& duplicates) {
  std::vector<uint32_t> kept;
  size_t text_bytes = 0;
  for (uint32_t member : members) {
    auto twin = std::find_if(kept.begin(), kept.end(),
                             [&](uint32_t earlier) { return items[earlier].text == items[member].text; });
    if (twin != kept.end()) {
      duplicates.push_back({*twin, member});
      continue;
    }
    kept.push_back(member);
    text_bytes += items[member].text.size();
  }
  size_t size = kept.size() * sizeof(Header) + text_bytes;
  size_t start = bytes_.size();
  bytes_.resize(start + (size + unit - 1) / unit * unit);
  char* header_at = bytes_.data() + start;
  char* text_at = bytes_.data() + bytes_.size();
  for (uint32_t member : kept) {
    const auto& [text, entry] = items[member];
    Header header{entry.virtual_host, entry.facts, part_of(hashes[member]), static_cast<uint8_t>(text.size()),
                  traits_of(entry)};
    if (member == kept.back()) header.traits |= last_of_bucket;
    std::memcpy(header_at, &header, sizeof header);
    header_at += sizeof header;
    text_at -= text.size();
    std::memcpy(text_at, text.data(), text.size());
  }
}

/// The upper half of the hash, scaled to the number of buckets, which needs to be no power of two then.
size_t NameIndex::bucket_of(uint64_t hash) const {
  return (hash >> 32) * (starts_.size() - 1) >> 32;
}

std::optional<NameIndex::Entry> NameIndex::find(std::string_view text) const {
  if (empty()) return std::nullopt;
  uint64_t hash = keyed_hash(key_, text);
  size_t bucket = bucket_of(hash);
  const char* header_at = bytes_.data() + size_t{starts_[bucket]} * unit;
  const char* text_at = bytes_.data() + size_t{starts_[bucket + 1]} * unit;
  if (header_at == text_at) return std::nullopt;
  // The texts come with the headers, not after them.
  __builtin_prefetch(header_at + cache_line);
  __builtin_prefetch(text_at - 1);
  while (true) {
    Header header;
    std::memcpy(&header, header_at, sizeof header);
    text_at -= header.size;
    if (header.hash == part_of(hash) && header.size == text.size() &&
        std::memcmp(text_at, text.data(), text.size()) == 0) {
      auto reach =
          (header.traits & reaches_any_depth) != 0 ? WildcardReach::any_depth : WildcardReach::one_label;
      return Entry{header.virtual_host, header.facts, reach, (header.traits & covers_children) != 0};
    }
    if ((header.traits & last_of_bucket) != 0) return std::nullopt;
    header_at += sizeof header;
  }
}

}  // namespace astray::gateway
