#pragma once
// The tables of the store, and how a file of an older astray becomes one of this one.
#include <span>

#include "watch/store/database.h"

namespace astray::watch {

/// "astw" in the file's header (PRAGMA application_id): nobody takes another program's database for a store.
inline constexpr int64_t store_application = 0x61737477;

/// What leads from version n to n + 1, for n from 0 (an empty file). A step that was released is never
/// edited.
std::span<const char* const> schema_steps();

/// Makes the tables of an empty database, or takes an older one forward step by step, all in one transaction.
/// Trouble `other_version` for a newer one, `unavailable` for another program's. A reader changes nothing:
/// what is not of this version is trouble to it.
void prepare_schema(Database& database, Access access, std::span<const char* const> steps);

}  // namespace astray::watch
