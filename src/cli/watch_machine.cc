#include "cli/watch_machine.h"

#include "cli/instant_text.h"
#include "watch/store/sqlite_store.h"

namespace astray {
namespace {

CaresOptions resolving(const watch::WatchSettings& settings) {
  CaresOptions options;
  options.servers = settings.dns_servers;
  return options;
}

watch::Stored<watch::OpenedStore> open_watch_store(const std::string& path, watch::StoreKeeper::Opening opening) {
  return opening == watch::StoreKeeper::Opening::anew ? watch::begin_store_anew(path, now())
                                                      : watch::open_store(path, now());
}

}  // namespace

WatchMachine::WatchMachine(const watch::WatchSettings& settings, Console& console, ProbeProgressLine& progress)
    : network_(loop_),
      resolver_(loop_, resolving(settings)),
      asker_(loop_, network_),
      store_([path = settings.store.path.empty() ? std::string(":memory:") : settings.store.path](
                 watch::StoreKeeper::Opening opening) { return open_watch_store(path, opening); }),
      configurations_(console),
      progress_(progress),
      chance_(std::random_device{}()) {}

watch::WatcherWorld WatchMachine::world() {
  return {.loop = loop_,
          .asker = asker_,
          .resolver = resolver_,
          .store = store_,
          .wall_clock = [] { return now(); },
          .chance = [this] { return std::uniform_real_distribution<double>()(chance_); },
          .configured = [this](const watch::WatchSettings& settings) { return configurations_.read(settings); },
          .progress = [this](const ProbeProgress& state) { progress_.show(state); },
          .version = ASTRAY_VERSION};
}

}  // namespace astray
