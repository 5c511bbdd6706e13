#include "servers/httpd/modules.h"

#include <algorithm>
#include <iterator>

#include "base/ascii.h"

namespace astray::httpd {
namespace {

struct Renamed {
  std::string_view identifier, source;
};
// Where the two names do not follow from each other.
constexpr Renamed renamed[] = {
    {"core_module", "core.c"},
    {"http_module", "http_core.c"},
    {"mpm_event_module", "event.c"},
    {"mpm_worker_module", "worker.c"},
    {"mpm_prefork_module", "prefork.c"},
    {"mpm_winnt_module", "mpm_winnt.c"},
    {"php5_module", "mod_php5.c"},
    {"php7_module", "mod_php7.c"},
    {"security2_module", "mod_security2.c"},
    {"cern_meta_module", "mod_cern_meta.c"},
};

// Linked into every usual build; `httpd -l` of Debian's, and modules that no distribution leaves out.
constexpr std::string_view built_in[] = {"core.c",      "http_core.c", "mod_so.c",      "mod_log_config.c",
                                         "mod_logio.c", "mod_unixd.c", "mod_version.c", "mod_watchdog.c"};

struct Since {
  std::string_view directive;
  Version version;
};
constexpr Since since[] = {
    {"sslvhostsnipolicy", {2, 4, 66}},
    {"stricthostcheck", {2, 4, 49}},
    {"httpprotocoloptions", {2, 4, 25}},
};

bool is_mpm(std::string_view source) {
  return source == "event.c" || source == "worker.c" || source == "prefork.c" || source == "mpm_winnt.c";
}

}  // namespace

std::string source_name(std::string_view identifier) {
  for (const Renamed& module : renamed)
    if (module.identifier == identifier) return std::string(module.source);
  if (!identifier.ends_with("_module")) return std::string(identifier);
  return "mod_" + std::string(identifier.substr(0, identifier.size() - 7)) + ".c";
}

void Modules::load(std::string_view identifier, std::string_view path) {
  loaded_.insert(std::string(identifier));
  loaded_.insert(source_name(identifier));
  std::string_view file = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  if (file.ends_with(".so") && file.starts_with("mod_"))
    loaded_.insert(std::string(file.substr(0, file.size() - 3)) + ".c");
}

Presence Modules::module(std::string_view name) const {
  if (loaded_.contains(std::string(name))) return Presence::yes;
  std::string source = source_name(name);
  if (std::find(std::begin(built_in), std::end(built_in), source) != std::end(built_in)) return Presence::yes;
  if (loaded_.empty()) return Presence::unknown;
  if (!is_mpm(source)) return Presence::no;
  for (std::string_view mpm : {"event.c", "worker.c", "prefork.c"})
    if (loaded_.contains(std::string(mpm))) return Presence::no;
  // No MPM is loaded, so one is linked in; the usual one since 2.4.
  return source == "event.c" ? Presence::yes : Presence::no;
}

Presence Modules::directive(std::string_view name, Version version) const {
  std::string lower = ascii_lower(name);
  for (const Since& row : since)
    if (row.directive == lower && version < row.version) return Presence::no;
  std::string_view source = module_of_directive(lower);
  return source.empty() ? Presence::unknown : module(source);
}

}  // namespace astray::httpd
