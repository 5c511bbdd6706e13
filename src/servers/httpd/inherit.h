#pragma once
#include "servers/model/setting.h"

namespace astray::httpd {

/// What counts in a section: its own statement, else the one around it.
template <typename T>
Setting<T> inherit(const Setting<T>& own, const Setting<T>& outer) {
  if (own.provenance != Provenance::default_value) return own;
  Setting<T> inherited = outer;
  if (inherited.provenance == Provenance::set) inherited.provenance = Provenance::inherited;
  return inherited;
}

/// The same with a default that is not T{}.
template <typename T>
Setting<T> inherit(const Setting<T>& own, const Setting<T>& outer, T default_value) {
  Setting<T> result = inherit(own, outer);
  if (result.provenance == Provenance::default_value) result.value = std::move(default_value);
  return result;
}

}  // namespace astray::httpd
