#include "cli/fetch_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "report/printable.h"

namespace astray {
namespace {

/// What was given as "Name:", which takes a field of our own away.
using Removed = std::vector<std::string>;

Result<void> add_line(std::string_view line, FetchFields& into, Removed& removed) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    if (line.ends_with(';') && line.size() > 1) {
      into.fields.add(line.substr(0, line.size() - 1), "");
      return {};
    }
    return failure(
        fmt::format("--header: '{}' is no field; expected 'Name: value', 'Name;' for an empty value, or "
                    "@FILE",
                    printable(line)));
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = ascii_trim(line.substr(colon + 1));
  if (ascii_iequals(name, "host")) {
    into.hosts.emplace_back(value);
  } else if (value.empty()) {
    removed.push_back(ascii_lower(name));
  } else {
    into.fields.add(name, value);
  }
  return {};
}

Result<void> add_lines(std::string_view text, FetchFields& into, Removed& removed) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = ascii_trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    const Result<void> added = add_line(line, into, removed);
    if (!added) return added;
  }
  return {};
}

Result<std::string> cookies_of(const Arguments& arguments) {
  std::string all;
  for (const std::string& value : arguments.values("--cookie")) {
    if (value.find('=') == std::string::npos) {
      return failure(
          fmt::format("--cookie: '{}' is no NAME=VALUE; files of cookies are not read", printable(value)));
    }
    all += (all.empty() ? "" : "; ") + value;
  }
  return all;
}

void add_unless_given(FetchFields& fields, const Removed& removed, std::string_view name,
                      std::string_view value) {
  const bool taken_away = std::find(removed.begin(), removed.end(), ascii_lower(name)) != removed.end();
  if (!taken_away && !fields.fields.find(name)) fields.fields.add(name, value);
}

}  // namespace

Result<FetchFields> parse_fetch_fields(const Arguments& arguments, FetchData::Kind data) {
  FetchFields parsed;
  Removed removed;
  for (const std::string& value : arguments.values("--header")) {
    std::string text = value;
    if (value.starts_with('@')) {
      Result<std::string> read = read_whole(value.substr(1), "--header");
      if (!read) return tl::unexpected(read.error());
      text = std::move(*read);
    }
    const Result<void> added =
        value.starts_with('@') ? add_lines(text, parsed, removed) : add_line(text, parsed, removed);
    if (!added) return tl::unexpected(added.error());
  }
  if (std::find(removed.begin(), removed.end(), "accept") != removed.end()) {
    return failure("--header: 'Accept:' cannot be left out; 'Accept: */*' takes everything");
  }
  if (arguments.has("--user-agent") && !arguments.value("--user-agent").empty()) {
    add_unless_given(parsed, removed, "User-Agent", arguments.value("--user-agent"));
  }
  if (arguments.has("--referer")) add_unless_given(parsed, removed, "Referer", arguments.value("--referer"));
  Result<std::string> cookies = cookies_of(arguments);
  if (!cookies) return tl::unexpected(cookies.error());
  if (!cookies->empty()) add_unless_given(parsed, removed, "Cookie", *cookies);
  if (arguments.has("--user")) {
    const std::string_view user = arguments.value("--user");
    const size_t colon = user.find(':');
    if (colon == std::string_view::npos) {
      return failure("--user: USER:PASSWORD is expected, since no password is asked for on the terminal");
    }
    parsed.credentials = url_encoded(user.substr(0, colon)) + ":" + url_encoded(user.substr(colon + 1));
  }
  if (data == FetchData::Kind::form) {
    add_unless_given(parsed, removed, "Content-Type", "application/x-www-form-urlencoded");
  }
  if (data == FetchData::Kind::json) {
    add_unless_given(parsed, removed, "Content-Type", "application/json");
    add_unless_given(parsed, removed, "Accept", "application/json");
  }
  return parsed;
}

Result<void> check_hosts(const FetchFields& fields, const Url& url) {
  for (const std::string& host : fields.hosts) {
    const auto authority = Authority::parse(host);
    if (authority && authority->host == url.authority.host &&
        authority->port_or_default(url.scheme) == url.authority.port_or_default(url.scheme)) {
      continue;
    }
    const std::string own = url.authority.text();
    const std::string other = authority ? authority->text() : "NAME";
    const uint16_t port = url.authority.port_or_default(url.scheme).number();
    return failure(fmt::format(
        "-H 'Host: {}': the URL's authority is {}, and a Host of another name sends requests astray. Ask "
        "{}://{}/ "
        "instead, with --connect-to ::{}:{} for where it goes{}",
        printable(host), own, to_string(url.scheme), other, url.authority.host.text(), port,
        url.scheme == Scheme::https
            ? fmt::format(", and --connect-identity {} if SNI and certificate shall be that name's",
                          url.authority.host.text())
            : ""));
  }
  return {};
}

}  // namespace astray
