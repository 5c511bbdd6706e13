#include <fmt/format.h>

#include <algorithm>
#include <climits>

#include "library/translate.h"
#include "names/raw_host.h"

namespace astray::http {
namespace {

static_assert(static_cast<int>(HttpVersions::h2_only) == static_cast<int>(client::HttpVersions::h2_only));

FetchError refusal(std::string sentence) {
  return {ErrorKind::invalid_request, Phase::prepare, std::move(sentence)};
}

std::string shown(std::string_view text) {
  return RawHost(std::string(text)).printable();
}

Result<client::ConnectIdentity, FetchError> identity_of(const ConnectIdentity& identity) {
  std::optional<ServerName> server_name;
  if (identity.server_name) {
    const auto parsed = ServerName::parse(*identity.server_name);
    if (!parsed) {
      return tl::unexpected(refusal(
          fmt::format("ConnectIdentity::server_name: '{}' cannot be an SNI: expected a host name, such as "
                      "a.example, or none at all",
                      shown(*identity.server_name))));
    }
    server_name = *parsed;
  }
  // The name that is sent is the one that is proved, unless another is said.
  const std::string& name =
      identity.verified_name.empty() && identity.server_name ? *identity.server_name : identity.verified_name;
  const auto verified = Host::parse(name);
  if (!verified) {
    return tl::unexpected(refusal(fmt::format("ConnectIdentity::verified_name: '{}' is no host: {}",
                                              shown(name), describe(verified.error()))));
  }
  return client::ConnectIdentity{std::move(server_name), *verified};
}

}  // namespace

Result<client::Request, FetchError> request_of(const Request& request) {
  auto url = Url::parse(request.url);
  if (!url) {
    return tl::unexpected(refusal(
        fmt::format("the URL '{}' cannot be fetched: {}", shown(request.url), describe(url.error()))));
  }
  client::Request made{.method = request.method, .url = std::move(*url)};
  made.fields = field_list_of(request.fields);
  made.trailers = field_list_of(request.trailers);
  if (request.identity) {
    auto identity = identity_of(*request.identity);
    if (!identity) return tl::unexpected(identity.error());
    made.identity = std::move(*identity);
  }
  made.versions = static_cast<client::HttpVersions>(request.versions);
  const Timeouts& timeouts = request.timeouts;
  made.timeouts = {timeouts.resolve, timeouts.connect, timeouts.handshake,
                   timeouts.head,    timeouts.idle,    timeouts.total};
  made.redirects.limit = static_cast<int>(std::min<uint32_t>(request.redirects.most, INT_MAX));
  if (request.redirects.https_to_http == Redirects::Downgrade::allowed)
    made.redirects.https_to_http = client::RedirectPolicy::Downgrade::allowed;
  if (request.decoding == Decoding::decoded) made.decoding = client::Decoding::decoded;
  if (request.most_body_bytes) made.most_body_bytes = *request.most_body_bytes;
  return made;
}

}  // namespace astray::http
