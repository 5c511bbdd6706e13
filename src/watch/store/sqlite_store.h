#pragma once
// The store as an SQLite file. One watcher writes it; `astray history` and others read beside it.
//
// Kept through kill -9 and loss of power: the log before the changes (WAL) with synchronous = FULL. NORMAL
// would survive kill -9 as well, and save one fsync a round; after a loss of power it may have forgotten the
// last rounds, and with them numbers of events that receivers have seen: they would take the next ones for
// copies.
#include "watch/store/store.h"

namespace astray::watch {

struct OpenedStore {
  std::unique_ptr<Store> store;
  std::string
      said;  ///< what was wrong with the store that was there, and where it is now; "" when nothing was
};

/// To write; made when there is none. ":memory:" is one that ends with its object. A corrupt one is put aside
/// under a name with the date, and a new one is begun. Trouble `in_use` while another watcher writes it,
/// `other_version` when a newer astray did, `unavailable` when the path is of something that is no store.
/// `most_bytes`: what the file may grow to, beyond which it is full; 0: what its file system has.
Stored<OpenedStore> open_store(const std::string& path, Instant now, uint64_t most_bytes = 0);

/// After an operation failed as `corrupt`, and its Store is destroyed: the file is put aside whatever it
/// looks like, and a new store begun.
Stored<OpenedStore> begin_store_anew(const std::string& path, Instant now, uint64_t most_bytes = 0);

/// To read only, also while a watcher writes.
Stored<std::unique_ptr<Store>> read_store(const std::string& path);

}  // namespace astray::watch
