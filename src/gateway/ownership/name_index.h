#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/ownership/keyed_hash.h"
#include "gateway/ownership/owned_name.h"

namespace astray::gateway {

/// The place of a virtual host in the order in which the table's builder was given them.
using VirtualHostIndex = uint32_t;

/// Texts of 1–255 bytes and who owns them; filled once, then read by any number of threads.
///
/// In a table of many names each step to memory costs more than all arithmetic together, so there is one. A
/// directory, small enough to stay in cache (4 bytes for 3 names), leads to a bucket: the headers of its
/// names, and behind them their texts. A lookup that finds nothing nearly always reads a header or few and no
/// text, since the hashes differ. Nothing is ever added, so no room is kept free.
class NameIndex {
 public:
  struct Entry {
    VirtualHostIndex virtual_host = 0;
    uint32_t facts = 0;  ///< place of what AuthorityTable tells about the virtual host
    WildcardReach reach = WildcardReach::any_depth;  ///< of wildcards
    /// Of wildcards: no name one label below needs a look at the owner's certificate names.
    bool covers_children = false;
  };
  struct Item {
    std::string_view text;
    Entry entry;
  };
  /// Places in the list of items: the second has the text of the first, and was left out.
  struct Duplicate {
    size_t first, second;
  };

  NameIndex() = default;
  NameIndex(const HashKey& key, std::span<const Item> items, std::vector<Duplicate>& duplicates);

  std::optional<Entry> find(std::string_view text) const;
  bool empty() const { return bytes_.empty(); }
  /// What it holds of memory, without itself.
  size_t heap_bytes() const { return starts_.capacity() * sizeof(uint32_t) + bytes_.capacity(); }

 private:
  struct Header {
    VirtualHostIndex virtual_host;
    uint32_t facts;
    uint16_t hash;  ///< bits that did not choose the bucket
    uint8_t size;   ///< of the text
    uint8_t traits;
  };
  size_t bucket_of(uint64_t hash) const;
  void append_bucket(std::span<const Item> items, std::span<const uint64_t> hashes,
                     std::span<const uint32_t> members, std::vector<Duplicate>& duplicates);

  HashKey key_;
  /// Where each bucket starts in `bytes_`, in units of 4 bytes; and the end of the last.
  std::vector<uint32_t> starts_;
  /// Of each bucket the headers, padding, and the texts from its end backwards.
  std::vector<char> bytes_;
};

}  // namespace astray::gateway
