#include "proxy/operation/admin_server.h"

#include "web/server.h"

namespace astray::proxy {

Task<void> serve_admin(Loop& loop, StreamListener& listener, AdminSource& source, Endpoint configured) {
  const web::Site site = admin_site(source, configured);
  co_await web::serve(loop, listener, site);
}

}  // namespace astray::proxy
