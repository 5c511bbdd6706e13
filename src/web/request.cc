#include "web/request.h"

#include <algorithm>

#include "base/ascii.h"
#include "http1/server.h"

namespace astray::web {
namespace {

int hexadecimal_digit(char c) {
  if (is_ascii_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string form_decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hexadecimal_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hexadecimal_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

void join_line(std::optional<std::string>& field, std::string_view value) {
  if (field)
    field->append(", ").append(value);
  else
    field.emplace(value);
}

}  // namespace

std::optional<std::string_view> Request::parameter(std::string_view name) const {
  const auto found = std::ranges::find(query, name, &QueryParameter::name);
  if (found == query.end()) return std::nullopt;
  return found->value;
}

Request request_of(const http1::RequestHead& head) {
  Request request;
  request.method = head.method;
  const bool absolute = head.target.form == http1::TargetForm::absolute;
  const std::string_view target = absolute ? head.target.path_and_query : head.raw_target;
  const size_t query = target.find('?');
  request.path = target.substr(0, query);
  if (query != std::string_view::npos) request.query = parse_query(target.substr(query + 1));
  for (const http1::Field& field : head.fields) {
    if (ascii_iequals(field.name, "host")) request.hosts.emplace_back(field.value);
    if (ascii_iequals(field.name, "origin")) join_line(request.origin, field.value);
    if (ascii_iequals(field.name, "sec-fetch-site")) join_line(request.sec_fetch_site, field.value);
    if (ascii_iequals(field.name, "authorization")) join_line(request.authorization, field.value);
    if (ascii_iequals(field.name, "last-event-id")) join_line(request.last_event_id, field.value);
    if (ascii_iequals(field.name, "content-type")) join_line(request.content_type, field.value);
  }
  if (absolute) request.hosts.assign(1, std::string(head.target.authority));
  return request;
}

std::vector<QueryParameter> parse_query(std::string_view query) {
  std::vector<QueryParameter> parameters;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    parameters.push_back({form_decoded(part.substr(0, equals)), equals == std::string_view::npos
                                                                    ? std::string()
                                                                    : form_decoded(part.substr(equals + 1))});
  }
  return parameters;
}

}  // namespace astray::web
