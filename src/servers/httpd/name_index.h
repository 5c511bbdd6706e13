#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "servers/model/behaviour.h"
#include "servers/model/deployment.h"

namespace astray::httpd {

/// Finds the virtual host of a name among those of one address: the first, in the order of the configuration,
/// that has the name in any form (server/vhost.c, matches_aliases). An exact name does not win over an
/// earlier wildcard. Borrows the deployment's globs. Does not allocate when asked.
class NameIndex {
 public:
  NameIndex(const Deployment& deployment, std::span<const VirtualHostId> hosts);

  static constexpr uint32_t nowhere = UINT32_MAX;
  struct Found {
    uint32_t position = nowhere;  ///< among `hosts`
    NameMatch match = NameMatch::default_host;
  };
  /// In any letter case; a trailing dot is part of the name.
  Found find(std::string_view name) const;

 private:
  struct Glob {
    std::string_view pattern;  ///< "" matches whatever has the bucket's suffix
    uint32_t position;
  };
  /// Texts with a value each, found by a hash that ignores letter case. With a million names each look-up
  /// waits for memory: small entries, one pool for the texts in the order of the configuration, and a filter
  /// that answers most misses keep the waits few.
  class Table {
   public:
    void reserve(size_t entries);
    /// The value of the text; a new one takes `value`.
    uint32_t insert(std::string_view text, uint64_t hash, uint32_t value);
    uint32_t find(std::string_view text, uint64_t hash) const;
    bool empty() const { return used_ == 0; }

   private:
    struct Entry {
      uint32_t hash = 0;
      uint32_t value = nowhere;
      uint32_t offset = 0;
      uint32_t size = 0;
    };
    std::string_view text(const Entry& entry) const {
      return std::string_view(pool_).substr(entry.offset, entry.size);
    }
    void mark(uint32_t hash) { filter_[(hash >> 6) & (filter_.size() - 1)] |= uint64_t{1} << (hash & 63); }
    void grow(size_t size);

    std::vector<Entry> entries_;
    std::vector<uint64_t> filter_;  ///< a bit for each hash, modulo its size
    std::string pool_;
    size_t used_ = 0;
  };

  void add(const ServerNamePattern& pattern, uint32_t position);
  static void try_bucket(const std::vector<Glob>& bucket, std::string_view name, Found& best);

  Table exact_;     ///< name → position
  Table suffixes_;  ///< "example.com" → index of suffix_globs_
  std::vector<std::vector<Glob>> suffix_globs_;
  Table prefixes_;  ///< "www.example" → index of prefix_globs_
  std::vector<std::vector<Glob>> prefix_globs_;
  std::vector<Glob> other_globs_;  ///< by position; none behind one that matches everything
  bool has_catch_all_ = false;
};

}  // namespace astray::httpd
