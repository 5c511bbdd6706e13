#pragma once
#include "watch/store/store.h"

namespace astray::watch {

/// What stands at the path when it is surely no store: a folder, a text. A name given by mistake must not
/// make us put somebody's file aside as a corrupt store. Nothing when it is a store, a damaged one or not
/// there.
std::optional<StoreError> find_what_is_no_store(const std::string& path);

/// Moves the store and its log to a name with the date; gives that name.
Stored<std::string> put_aside(const std::string& path, Instant now);

}  // namespace astray::watch
