#pragma once
// What the operator's port answers, without a socket.
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "io/task.h"
#include "names/endpoint.h"
#include "proxy/operation/admin_state.h"

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

struct AdminRequest {
  std::string method{};
  std::string target{};                         ///< path and query
  std::vector<std::string> hosts{};             ///< every Host line
  std::optional<std::string> origin{};          ///< of a page that sends it
  std::optional<std::string> sec_fetch_site{};  ///< "same-origin", "cross-site", …
};

struct AdminAnswer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body{};
  std::vector<std::string> field_lines{};  ///< beside Content-Type and those of admin_field_lines()
};
/// The answer is that of answer_reload(), once the source has reloaded.
struct ReloadAsked {};

/// Pages of other origins get nothing: Host must be a loopback name or address, or the address that the
/// configuration gives to this port (any address where that is unspecified), so that no name of a stranger
/// can lead here (DNS rebinding); whatever changes something must not come from another site.
std::variant<AdminAnswer, ReloadAsked> answer_admin(const AdminRequest& request, const AdminSource& source,
                                                    const Endpoint& configured);
AdminAnswer answer_reload(const Result<uint64_t>& reloaded);

/// Lines that every answer has: nothing is kept, framed, sniffed, or loaded from elsewhere.
std::vector<std::string> admin_field_lines();

}  // namespace astray::proxy
