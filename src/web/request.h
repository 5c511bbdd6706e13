#pragma once
// What a page or an operator asks of one of our own ports.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace astray::http1 {
struct RequestHead;
}

namespace astray::web {

struct QueryParameter {
  std::string name{};
  std::string value{};
  bool operator==(const QueryParameter&) const = default;
};

/// A field that was sent on several lines is one value here, joined by ", " (RFC 9110 §5.3): where one value
/// is allowed, two then fit nothing.
struct Request {
  std::string method{};
  std::string path{};  ///< as sent: percent-encoded, without the query
  std::vector<QueryParameter> query{};
  /// Every Host line; of a target in absolute form its authority alone, which counts instead (RFC 9112
  /// §3.2.2).
  std::vector<std::string> hosts{};
  std::optional<std::string> origin{};          ///< of a page that sends it
  std::optional<std::string> sec_fetch_site{};  ///< "same-origin", "cross-site", …
  std::optional<std::string> authorization{};
  std::optional<std::string> last_event_id{};  ///< of a stream of events that is taken up again
  std::optional<std::string> content_type{};    ///< of the body
  std::string body{};                           ///< as sent, at most ServerLimits::body_bytes

  /// The value of the first parameter of this name.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

Request request_of(const http1::RequestHead& head);

/// The part of a target behind its '?' as forms write it (application/x-www-form-urlencoded, WHATWG URL
/// §5.1): a '%' without two hexadecimal digits stands for itself, and nothing is ever refused.
std::vector<QueryParameter> parse_query(std::string_view query);

}  // namespace astray::web
