#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/network.h"
#include "watch/settings/settings.h"
#include "web/site.h"

namespace astray {

/// The watcher's own ports: the page, and /metrics there or on a port of its own.
class WatchPorts {
 public:
  /// An Error says which address cannot be listened at, or that the token cannot be read. `metrics` gives the text
  /// of /metrics; what is borrowed outlives the ports.
  static Result<WatchPorts> open(Network& network, const watch::PageSettings& settings,
                                 std::vector<web::Route> page, std::function<std::string()> metrics);

  /// One task for each port, each until it is cancelled. The ports stay where they are by then.
  std::vector<Task<void>> serve(Loop& loop);
  /// "page at http://127.0.0.1:9422/", for people.
  std::vector<std::string> addresses() const;

 private:
  struct Open {
    std::unique_ptr<StreamListener> listener;
    std::unique_ptr<web::Site> site;
    std::string what;
  };
  Result<void> add(Network& network, Endpoint at, std::string what, web::Site site);
  std::vector<Open> ports_;
};

}  // namespace astray
