#include "servers/haproxy/proxy.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace astray::haproxy {
namespace {


class ProxyReader {
 public:
  ProxyReader(Proxy& proxy, Reading& reading) : proxy_(proxy), reading_(reading) {}

  void read(const Section& section) {
    proxy_.complete = proxy_.complete && section.complete;
    // The mode decides what a bind line means, wherever it stands.
    for (const Line& line : section.lines)
      if (line.keyword() == "mode") take_mode(line);
    for (const Line& line : section.lines) take(line);
  }

 private:
  void take_mode(const Line& line) {
    if (line.word(1) != "http" && line.word(1) != "tcp" && line.word(1) != "health" && line.word(1) != "log" &&
        line.word(1) != "haterm" && line.word(1) != "spop")
      reading_.problems.error(line.span(1), fmt::format("'mode' expects http or tcp, not '{}'", line.word(1)));
    proxy_.http = line.word(1) == "http";
  }

  void take(const Line& line) {
    const std::string_view keyword = line.keyword();
    if (keyword == "acl") return take_acl(line);
    if (keyword == "bind") {
      proxy_.binds.push_back(read_bind(line, proxy_.http, reading_));
    } else if (keyword == "http-request" || keyword == "tcp-request" || keyword == "redirect") {
      if (auto rule = read_rule(line, proxy_.acls, reading_)) {
        auto& rules = keyword == "redirect"      ? proxy_.redirects
                      : keyword == "tcp-request" ? proxy_.tcp_rules
                                                 : proxy_.http_rules;
        rules.push_back(std::move(*rule));
      }
    } else if (keyword == "http-response") {
      take_response_rule(line);
    } else if (keyword == "ssl-f-use") {
      reading_.problems.warning(line.span(), "ssl-f-use is not read: which certificates this frontend has is unknown");
      for (Bind& bind : proxy_.binds) bind.certificates_known = false;
    } else if (keyword == "use_backend") {
      take_use_backend(line);
    } else if (keyword == "default_backend") {
      proxy_.default_backend = std::string(line.word(1));
      proxy_.default_backend_span = line.span();
      proxy_.default_backend_known = line.words.size() > 1 && line.words[1].known();
    } else if (keyword == "server" || keyword == "server-template") {
      if (auto server = read_server(line, proxy_.server_defaults, reading_))
        proxy_.servers.push_back(std::move(*server));
    } else if (keyword == "default-server") {
      take_server_words(line, 1, proxy_.server_defaults, reading_);
    } else if (keyword == "http-reuse") {
      proxy_.reuse = {std::string(line.word(1)), line.span(), Provenance::set};
    } else if (keyword == "disabled" || keyword == "enabled") {
      proxy_.disabled = keyword == "disabled";
    } else if (keyword == "errorfile" || keyword == "errorloc" || keyword == "errorloc302" || keyword == "errorloc303") {
      take_error(line);
    } else if (keyword == "log") {
      proxy_.logs = line.word(1) != "0";
    } else if (keyword == "no" && line.word(1) == "log") {
      proxy_.logs = false;
    } else if (keyword == "log-format") {
      const std::string text(line.word(1));
      const bool names_sni = text.find("ssl_fc_sni") != std::string::npos;
      proxy_.log = AccessLog{line.span(), text, names_sni, line.words.size() > 1 && line.words[1].known()};
    } else if (keyword == "option" || keyword == "no") {
      take_option(line);
    } else if (keyword == "monitor-uri" || keyword == "filter" || keyword == "use-server" || keyword == "stats") {
      return;  // for other paths than "/", or for who answers behind, not for which
    }
  }

  void take_acl(const Line& line) {
    if (line.words.size() < 3)
      return reading_.problems.error(line.span(), "'acl' expects a name and a criterion");
    proxy_.acls[std::string(line.word(1))].push_back(read_criterion(line, 2, line.words.size(), reading_));
  }

  /// What ends or changes a back's answer: by what it says, which nobody here knows.
  void take_response_rule(const Line& line) {
    constexpr std::string_view changing[] = {"deny", "return", "redirect", "set-status", "reject", "silent-drop"};
    const bool changes = std::find(std::begin(changing), std::end(changing), line.word(1)) != std::end(changing) ||
                         line.word(1).starts_with("lua.");
    if (!changes) return;
    Rule rule;
    rule.span = line.span();
    rule.condition = read_condition(line, condition_start(line, 2), proxy_.acls, reading_);
    proxy_.response_rules.push_back(std::move(rule));
  }

  void take_use_backend(const Line& line) {
    if (line.words.size() < 2) return reading_.problems.error(line.span(), "'use_backend' expects a backend");
    UseBackend rule;
    rule.span = line.span();
    rule.target = read_format(line.words[1], line.span(1), reading_);
    rule.condition = read_condition(line, condition_start(line, 2), proxy_.acls, reading_);
    proxy_.use_backend.push_back(std::move(rule));
  }

  void take_option(const Line& line) {
    const bool on = line.keyword() == "option";
    const std::string_view option = line.word(on || line.word(1) != "option" ? 1 : 2);
    if (option == "httpclose" || option == "http-server-close" || option == "forceclose")
      proxy_.keeps_alive = {!on, line.span(), Provenance::set};
    else if (option == "http-keep-alive" && on)
      proxy_.keeps_alive = {true, line.span(), Provenance::set};
    else if ((option == "httplog" || option == "httpslog" || option == "tcplog") && on)
      proxy_.log = AccessLog{line.span(), std::string(option), option == "httpslog", true};
  }

  void take_error(const Line& line) {
    int status = 0;
    const std::string_view number = line.word(1);
    std::from_chars(number.data(), number.data() + number.size(), status);
    if (line.keyword() != "errorfile") {
      proxy_.error_statuses[status] = line.keyword() == "errorloc303" ? 303 : 302;
      return;
    }
    const Result<std::string> text = reading_.files.read(located(line.word(2), "", reading_));
    int sent = 0;
    // The file is a whole answer: "HTTP/1.1 503 …".
    if (text && text->starts_with("HTTP/") && text->find(' ') != std::string::npos) {
      const char* from = text->data() + text->find(' ') + 1;
      std::from_chars(from, text->data() + text->size(), sent);
    } else {
      reading_.problems.warning(line.span(), text ? fmt::format("{} does not begin with a status line",
                                                                line.word(2))
                                                  : text.error().message);
    }
    proxy_.error_statuses[status] = sent;
  }

  Proxy& proxy_;
  Reading& reading_;
};

void read_global(const Section& section, Reading& reading) {
  Globals& globals = reading.globals;
  for (const Line& line : section.lines) {
    const std::string_view keyword = line.keyword();
    if (keyword == "crt-base") globals.crt_base = resolve_path(reading.folder, line.word(1));
    if (keyword == "ca-base") globals.ca_base = resolve_path(reading.folder, line.word(1));
    if (keyword == "ssl-default-bind-options") globals.bind_options.push_back(line);
    if (keyword == "ssl-default-bind-ciphers")
      globals.ciphers = {std::string(line.word(1)), line.span(), Provenance::inherited};
    if (keyword == "ssl-default-bind-ciphersuites")
      globals.ciphersuites = {std::string(line.word(1)), line.span(), Provenance::inherited};
    if (keyword == "ssl-server-verify") globals.server_verify = line.word(1) != "none";
  }
}

/// What a proxy starts from: rules and ACLs of a defaults section count too (from 2.6 on, in named ones).
Proxy fresh(const Reading& reading) {
  Proxy proxy;
  proxy.http = false;
  proxy.server_defaults = default_server(reading);
  proxy.reuse.value = "safe";
  proxy.keeps_alive.value = true;
  return proxy;
}

template <typename T>
void mark_inherited(Setting<T>& setting) {
  if (setting.provenance == Provenance::set) setting.provenance = Provenance::inherited;
}

}  // namespace

Proxies read_proxies(const std::vector<Section>& sections, Reading& reading) {
  Proxies proxies;
  for (const Section& section : sections)
    if (section.kind == SectionKind::global) read_global(section, reading);
  std::map<std::string, Proxy> named;
  Proxy latest = fresh(reading);
  const auto base_of = [&](const Section& section) {
    if (section.from.empty()) return section.kind == SectionKind::defaults ? fresh(reading) : latest;
    const auto found = named.find(section.from);
    if (found != named.end()) return found->second;
    reading.problems.error(section.span, fmt::format("no defaults section '{}' stands before this line; HAProxy "
                                                     "refuses it", section.from));
    return fresh(reading);
  };
  for (const Section& section : sections) {
    if (section.kind == SectionKind::global || section.kind == SectionKind::other) continue;
    Proxy proxy = base_of(section);
    proxy.name = section.name;
    proxy.span = section.span;
    proxy.takes_requests = section.kind == SectionKind::frontend || section.kind == SectionKind::listen;
    proxy.has_servers = section.kind == SectionKind::backend || section.kind == SectionKind::listen;
    ProxyReader(proxy, reading).read(section);
    if (section.kind == SectionKind::defaults) {
      mark_inherited(proxy.reuse);
      mark_inherited(proxy.keeps_alive);
      if (!section.name.empty()) named[section.name] = proxy;
      latest = std::move(proxy);
      continue;
    }
    const auto id = static_cast<ProxyId>(proxies.all.size());
    if (proxy.has_servers && !proxies.backends.try_emplace(proxy.name, id).second)
      reading.problems.error(section.span, fmt::format("a proxy '{}' exists already; HAProxy refuses two of one name",
                                                       proxy.name));
    proxies.all.push_back(std::move(proxy));
  }
  // Only now: the rules that they look into stay where they are.
  for (Proxy& proxy : proxies.all) proxy.runs = switch_runs(proxy.use_backend);
  return proxies;
}

}  // namespace astray::haproxy
