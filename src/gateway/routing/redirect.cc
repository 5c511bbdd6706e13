#include "gateway/routing/redirect.h"

#include "gateway/routing/path.h"

namespace astray::gateway {
namespace {

/// "*" of OPTIONS and "" of CONNECT are no paths of a URL.
std::string_view url_target(std::string_view target) {
  return target.starts_with('/') ? target : "/";
}

}  // namespace

int status_code(RedirectStatus status) {
  switch (status) {
    case RedirectStatus::moved_permanently:
      return 301;
    case RedirectStatus::found:
      return 302;
    case RedirectStatus::see_other:
      return 303;
    case RedirectStatus::temporary_redirect:
      return 307;
    case RedirectStatus::permanent_redirect:
      return 308;
  }
  return 308;
}

std::string location(const RedirectSettings& settings, const Origin& asked, std::string_view target) {
  Origin origin = asked;
  if (settings.scheme && *settings.scheme != asked.scheme)
    origin = {*settings.scheme, asked.host, Port::of(*settings.scheme)};
  if (settings.authority) origin = Origin::of(origin.scheme, *settings.authority);
  if (!settings.path) return origin.text().append(url_target(target));
  return origin.text().append(settings.path->text).append(query_of(target));
}

std::string https_location(const Origin& asked, std::string_view target, Port https_port) {
  return Origin{Scheme::https, asked.host, https_port}.text().append(url_target(target));
}

}  // namespace astray::gateway
