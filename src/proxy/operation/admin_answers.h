#pragma once
// What the operator's port answers, without a socket.
#include <string>

#include "base/result.h"
#include "proxy/operation/admin_state.h"
#include "web/site.h"

namespace astray::proxy {

/// Where answers come from; each is asked for when an answer needs it.
class AdminSource {
 public:
  virtual MetricsState::Serving serving() const = 0;
  virtual std::string metrics_text() const = 0;
  virtual AdminState state() const = 0;
  /// Reads the configuration anew and takes it up. The number of the new one, or why the old one stays.
  virtual Task<Result<uint64_t>> reload() = 0;

 protected:
  ~AdminSource() = default;
};

/// Anybody who reaches the port may ask for everything, but no page of another site may reload. The source
/// outlives the site. `configured`: the address that the configuration gives.
web::Site admin_site(AdminSource& source, const Endpoint& configured);

}  // namespace astray::proxy
