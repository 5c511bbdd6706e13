#include "web/site.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.h"
#include "names/authority.h"

namespace astray::web {
namespace {

bool is_name_of(const Site& site, const Host& host) {
  return host.name() && std::ranges::find(site.names, *host.name()) != site.names.end();
}

bool is_trusted_host(const Site& site, const Host& host) {
  if (const Hostname* name = host.name()) return name->text() == "localhost" || is_name_of(site, host);
  const IpAddress& address = *host.address();
  return address.is_loopback() || address == site.configured.address ||
         site.configured.address.is_unspecified();
}

/// The authority that the request means, when it may.
Result<Authority, Answer> judge_host(const Site& site, const Request& request) {
  if (request.hosts.size() != 1)
    return Failure<Answer>(plain_answer(400, "one Host field is needed (RFC 9112 §3.2)\n"));
  const auto authority = Authority::parse(request.hosts.front());
  if (!authority)
    return Failure<Answer>(
        plain_answer(400, fmt::format("Host is malformed: {}\n", describe(authority.error()))));
  if (!is_trusted_host(site, authority->host))
    return Failure<Answer>(plain_answer(
        421,
        "this port answers to loopback names and addresses and to its own address; a name of somebody else "
        "could lead a browser here\n"));
  return *authority;
}

bool is_from_elsewhere(const Site& site, const Request& request, const Authority& host) {
  const auto& fetch_site = request.sec_fetch_site;
  if (fetch_site && *fetch_site != "same-origin" && *fetch_site != "none") return true;
  if (!request.origin || *request.origin == "http://" + host.text()) return false;
  // Only a proxy in front makes TLS of us, and it has a name.
  return !is_name_of(site, host.host) || *request.origin != "https://" + host.text();
}

std::string_view methods_of(Use use) {
  constexpr std::string_view words[] = {"GET, HEAD", "POST", "GET, HEAD"};
  return words[static_cast<size_t>(use)];
}

bool has_method(Use use, std::string_view method) {
  return use == Use::change ? method == "POST" : method == "GET" || method == "HEAD";
}

Answer nothing_here(const Site& site) {
  std::string body = "here are ";
  for (const Route& route : site.routes) {
    if (&route != &site.routes.front()) body += ", ";
    body.append(route.use == Use::change ? "POST " : "").append(route.path);
  }
  return plain_answer(404, body += '\n');
}

std::optional<Answer> judge_access(const Site& site, const Route& route, const Request& request) {
  if (route.access == Access::anybody) return std::nullopt;
  if (!site.token) {
    if (route.access == Access::token_if_set) return std::nullopt;
    return plain_answer(403, "no token is configured, so nothing can be changed here\n");
  }
  if (request.authorization && site.token->admits(*request.authorization)) return std::nullopt;
  Answer answer =
      plain_answer(401, request.authorization ? "this is not the token\n" : "a token is needed\n");
  answer.field_lines.emplace_back(request.authorization
                                      ? "WWW-Authenticate: Bearer realm=\"astray\", error=\"invalid_token\""
                                      : "WWW-Authenticate: Bearer realm=\"astray\"");
  return answer;
}

Result<const Route*, Answer> admit(const Site& site, const Request& request) {
  const auto host = judge_host(site, request);
  if (!host) return Failure<Answer>(host.error());
  const auto route = std::ranges::find(site.routes, request.path, &Route::path);
  if (route == site.routes.end()) return Failure<Answer>(nothing_here(site));
  if (!has_method(route->use, request.method)) {
    Answer answer = plain_answer(405, fmt::format("only {} here\n", methods_of(route->use)));
    answer.field_lines.push_back(fmt::format("Allow: {}", methods_of(route->use)));
    return Failure<Answer>(std::move(answer));
  }
  if (route->use != Use::read && is_from_elsewhere(site, request, *host))
    return Failure<Answer>(plain_answer(403, "a page of another site asks for this\n"));
  if (auto refusal = judge_access(site, *route, request)) return Failure<Answer>(std::move(*refusal));
  if (route->use == Use::follow && request.method == "HEAD")
    return Failure<Answer>(Answer{.content_type = "text/event-stream"});
  return &*route;
}

}  // namespace

bool BearerToken::admits(std::string_view authorization) const {
  constexpr std::string_view scheme = "bearer ";
  if (!ascii_istarts_with(authorization, scheme)) return false;
  const std::string_view given = ascii_trim(authorization.substr(scheme.size()));
  unsigned difference = given.size() == secret_.size() ? 0 : 1;
  for (size_t i = 0; i < given.size(); ++i)
    difference |= static_cast<unsigned char>(given[i] ^ secret_[i % secret_.size()]);
  return difference == 0;
}

Task<Reply> at_once(Reply reply) {
  co_return reply;
}

Task<Reply> answer(const Site& site, const Request& request) {
  Result<const Route*, Answer> route = admit(site, request);
  if (!route) co_return Reply(std::move(route.error()));
  Task<Reply> answering = (*route)->answer(request);
  Reply reply = co_await std::move(answering);
  co_return reply;
}

}  // namespace astray::web
