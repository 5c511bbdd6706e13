#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "servers/model/behaviour.h"
#include "servers/model/deployment.h"
#include "servers/nginx/regex.h"

namespace astray::nginx {

/// Which virtual host of one address a name leads to, found as nginx finds it (ngx_http_find_virtual_server):
/// exact name, longest "*.x" or ".x", longest "x.*", first matching regular expression. The first to claim a
/// name has it. Borrows the deployment's strings.
class NameTable {
 public:
  NameTable(const Deployment& deployment, std::span<const VirtualHostId> virtual_hosts);

  struct Found {
    VirtualHostId virtual_host;
    NameMatch match;
    SourceSpan
        source;  ///< the name; unknown for a server without server_name, which is a request without Host
  };
  /// `name`: lower case, no port, no trailing dot; "" for a request without one. Does not allocate.
  struct Lookup {
    std::optional<Found> found;
    bool regex_failed = false;  ///< an expression hit its match limit: nginx answers 500
  };
  Lookup find(std::string_view name) const;

  /// nginx looks no name up where a single server without regex captures has the address to itself
  /// (ngx_http_optimize_servers): every SNI and Host counts as unmatched there.
  bool is_consulted() const { return is_consulted_; }

 private:
  struct Entry {
    std::string_view key;
    VirtualHostId virtual_host;
    SourceSpan source;
    bool covers_key_itself;  ///< ".x" covers "x", "*.x" does not
  };
  /// Open addressing over a power of two; keys are never removed.
  class Index {
   public:
    void reserve(size_t count);
    bool add(const Entry& entry);  ///< false when the key is taken
    const Entry* find(std::string_view key) const;
    bool empty() const { return entries_.empty(); }

   private:
    struct Slot {
      uint32_t hash = 0;
      uint32_t entry = free_slot;
    };
    static constexpr uint32_t free_slot = UINT32_MAX;
    void grow(size_t slot_count);

    std::vector<Slot> slots_;
    std::vector<Entry> entries_;
  };
  struct RegexEntry {
    Regex regex;
    VirtualHostId virtual_host;
    SourceSpan source;
  };

  void add(const NamedPattern& name, VirtualHostId id, Index& claimed_apexes);
  std::optional<Found> find_leading(std::string_view name) const;
  std::optional<Found> find_trailing(std::string_view name) const;

  Index exact_;
  Index leading_;
  Index trailing_;
  std::vector<RegexEntry> regexes_;
  bool is_consulted_ = false;
};

}  // namespace astray::nginx
