#include "client/redirect.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/ascii.h"

namespace astray::client {
namespace {

constexpr std::array<std::string_view, 4> bound_to_the_origin = {"Authorization", "Cookie",
                                                                 "Proxy-Authorization", "Host"};

// RFC 9110 §15.4 item 5, and what else speaks of a body: §8, §10.1.1 (Expect), RFC 9112 §6.1, RFC 9530.
constexpr std::array<std::string_view, 14> about_the_content = {
    "Content-Type",  "Content-Length", "Content-Encoding", "Content-Language",  "Content-Location",
    "Content-Range", "Content-MD5",    "Digest",           "Content-Digest",    "Repr-Digest",
    "Last-Modified", "Expect",         "Trailer",          "Transfer-Encoding",
};

bool lists(std::span<const std::string_view> names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [name](std::string_view listed) { return ascii_iequals(listed, name); });
}

constexpr bool leads_on(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// Methods are case-sensitive (RFC 9110 §9.1).
constexpr bool becomes_get(int status, std::string_view method) {
  if (status == 301 || status == 302) return method == "POST";
  return status == 303 && method != "GET" && method != "HEAD";
}

NoRedirect reason_for(UrlError error) {
  return error == UrlError::unknown_scheme ? NoRedirect::other_scheme : NoRedirect::bad_location;
}

}  // namespace

std::string_view describe(NoRedirect reason) {
  switch (reason) {
    case NoRedirect::other_status:
      return "the status is not one that leads elsewhere (301, 302, 303, 307, 308)";
    case NoRedirect::no_location:
      return "the response says that it leads elsewhere, but has no Location";
    case NoRedirect::limit_reached:
      return "too many redirects in a row";
    case NoRedirect::bad_location:
      return "the Location is not a URL";
    case NoRedirect::other_scheme:
      return "the Location is neither http nor https";
    case NoRedirect::downgrade_refused:
      return "the Location leads from https to http, which is not allowed";
    case NoRedirect::body_gone:
      return "the request would have to be sent again with its body, which cannot be read twice";
  }
  return {};
}

bool Redirect::drops(std::string_view field_name) const {
  return (to == To::other_origin && lists(bound_to_the_origin, field_name)) ||
         (body == Body::dropped && lists(about_the_content, field_name));
}

void Redirect::strip(FieldList& fields) const {
  if (to == To::other_origin)
    for (std::string_view name : bound_to_the_origin) fields.remove(name);
  if (body == Body::dropped)
    for (std::string_view name : about_the_content) fields.remove(name);
}

Result<Redirect, NoRedirect> judge_redirect(const RedirectFacts& facts, const RedirectPolicy& policy) {
  const auto no = [](NoRedirect reason) { return Failure<NoRedirect>(reason); };
  if (!leads_on(facts.status)) return no(NoRedirect::other_status);
  if (!facts.location) return no(NoRedirect::no_location);
  if (facts.followed >= policy.limit) return no(NoRedirect::limit_reached);
  auto url = facts.url.resolve(*facts.location);
  if (!url) return no(reason_for(url.error()));
  if (facts.url.scheme == Scheme::https && url->scheme == Scheme::http &&
      policy.https_to_http == RedirectPolicy::Downgrade::refused) {
    return no(NoRedirect::downgrade_refused);
  }
  const bool to_get = becomes_get(facts.status, facts.method);
  if (!to_get && facts.body == RequestBody::once) return no(NoRedirect::body_gone);
  const bool same_origin = url->origin() == facts.url.origin();
  return Redirect{.url = std::move(*url),
                  .method = std::string(to_get ? "GET" : facts.method),
                  .to = same_origin ? Redirect::To::same_origin : Redirect::To::other_origin,
                  .body = to_get ? Redirect::Body::dropped : Redirect::Body::sent_again};
}

}  // namespace astray::client
