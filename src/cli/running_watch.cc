#include "cli/running_watch.h"

#include <fmt/format.h>

#include "cli/instant_text.h"

namespace astray {

Instant RunningWatch::now() const {
  return astray::now();
}

watch::Actions* RunningWatch::actions() {
  return settings_.page.token_file.empty() ? nullptr : watcher_.get();
}

Result<void> RunningWatch::start() {
  const watch::Stored<void> opened = machine_.store().open();
  if (!opened) return failure(opened.error().message);
  if (Result<void> outlets = open_outlets(); !outlets) return outlets;
  auto watcher = watch::Watcher::make(settings_, machine_.world());
  if (!watcher) return Failure<Error>(watcher.error());
  watcher_ = std::move(*watcher);
  if (Result<void> ports = open_ports(); !ports) return ports;
  if (page_) add_outlet(*page_);
  for (const std::unique_ptr<watch::Outlet>& outlet : outlets_->all()) add_outlet(*outlet);
  for (Task<void>& task : ports_.serve(machine_.loop()))
    tasks_.push_back(machine_.loop().spawn(std::move(task)));
  return {};
}

Result<void> RunningWatch::open_outlets() {
  watch::OutletNeeds needs{.loop = machine_.loop(),
                           .network = machine_.network(),
                           .resolver = machine_.resolver(),
                           .store = [this] { return &machine_.store(); },
                           .http = {},
                           .wall_clock = [] { return astray::now(); },
                           .seed = machine_.random(),
                           .version = ASTRAY_VERSION,
                           .sockets = &machine_.loop()};
  // Without the machine's authorities only receivers in clear can be told.
  if (Result<tls::TrustStore> trust = tls::TrustStore::system()) needs.http.trust = std::move(*trust);
  auto outlets = watch::Outlets::create(settings_, std::move(needs));
  if (!outlets) return Failure<Error>(outlets.error());
  outlets_ = std::move(*outlets);
  return {};
}

void RunningWatch::add_outlet(watch::Outlet& outlet) {
  watcher_->add_outlet(outlet);
  tasks_.push_back(machine_.loop().spawn(outlet.run()));
}

Result<void> RunningWatch::open_ports() {
  if (!settings_.is_agent)
    page_ =
        std::make_unique<watch::WatchPage>(machine_.loop(), *this, fmt::format("{:016x}", machine_.random()));
  auto ports = WatchPorts::open(machine_.network(), settings_.page,
                                page_ ? page_->routes() : std::vector<web::Route>(),
                                [this] { return outlets_->metrics_text(watcher_->state()); });
  if (!ports) return Failure<Error>(ports.error());
  ports_ = std::move(*ports);
  return {};
}

}  // namespace astray
