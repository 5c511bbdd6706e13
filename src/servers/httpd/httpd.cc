#include "servers/httpd/httpd.h"

#include "servers/httpd/behave.h"
#include "servers/httpd/read.h"

namespace astray {
namespace {

Result<Deployment> read_httpd(std::string_view path, const ReadOptions& options) {
  return httpd::read(path, options, httpd::ReadLimits{});
}

}  // namespace

const Server httpd_server{
    .kind = ServerKind::httpd,
    .id = "httpd",
    .display_name = "Apache httpd",
    .newest = httpd::newest_version,
    .versions =
        "2.4.18 to 2.4.63 do not check a request without SNI; 2.4.64 and 2.4.65 hold it against the first "
        "virtual host; "
        "from 2.4.66 SSLVHostSNIPolicy decides",
    .recognise = httpd::recognise,
    .read = read_httpd,
    .behaviour = httpd::make_behaviour,
};

}  // namespace astray
