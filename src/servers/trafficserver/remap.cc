#include "servers/trafficserver/remap.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/ascii.h"
#include "servers/trafficserver/lines.h"
#include "servers/trafficserver/remap_filters.h"

namespace astray::trafficserver {
namespace {

constexpr size_t max_include_depth = 10;
constexpr size_t max_included_files = 1000;

/// Plugins that neither answer by themselves nor change which back is asked.
constexpr std::string_view harmless_in_rules[] = {"background_fetch.so", "cache_promote.so", "cache_range_requests.so", "cachekey.so",
                                                 "compress.so", "gzip.so", "prefetch.so", "tcpinfo.so", "xdebug.so"};

/// url_parse_regex in URL.cc for the source; the target is read alike, and has no expression in it.
RemapUrl url_of(const std::string& text) {
  RemapUrl url;
  url.text = text;
  std::string_view rest = text;
  const size_t colon = rest.find("://");
  const bool has_scheme = colon != std::string_view::npos && rest.find('/') == colon + 1;
  if (has_scheme) {
    const std::string scheme = ascii_lower(rest.substr(0, colon));
    if (scheme == "http") url.scheme = Scheme::http;
    if (scheme == "https") url.scheme = Scheme::https;
    rest.remove_prefix(colon + 3);
  } else {
    url.scheme = Scheme::http;
  }
  const size_t slash = rest.find('/');
  std::string_view host = rest.substr(0, slash);
  if (slash != std::string_view::npos) {
    const std::string_view path = rest.substr(slash);
    const size_t first = path.find_first_not_of('/');
    if (first != std::string_view::npos) url.path = path.substr(first);
  }
  const size_t last = host.find_last_not_of("0123456789");
  if (last != std::string_view::npos && host[last] == ':' && last + 1 < host.size()) {
    url.port = Port::parse(host.substr(last + 1));
    host = host.substr(0, last);
  }
  url.host = host;
  return url;
}

struct RuleOptions {
  std::vector<Filter> own;  ///< at most one: what the rule itself states
  std::optional<Stated<std::string>> plugin;
  std::optional<SourceSpan> strategy;
  std::vector<std::pair<std::string, Stated<std::string>>> records;
};

class RuleReader {
 public:
  RuleReader(const std::string& folder, const ReadOptions& options, Deployment& deployment)
      : folder_(folder), options_(options), deployment_(deployment) {}

  void read_file(const std::string& path, std::optional<SourceSpan> included_at, size_t depth) {
    const SourceSpan at = included_at.value_or(SourceSpan{});
    if (depth > max_include_depth || ++files_ > max_included_files)
      return complain(at, fmt::format(".include is nested or repeated without end (more than {} deep, or {} files)", max_include_depth,
                                      max_included_files));
    const Result<std::string> text = options_.files.read(path);
    if (!text) return complain(at, text.error().message);
    const SourceFileId file = deployment_.files.add(path);
    for (const Line& line : lines_of(*text, file, Continuation::backslash)) read_line(line, depth);
  }

  std::vector<RemapRule> take() { return std::move(rules_); }

 private:
  void complain(SourceSpan span, std::string message) {
    deployment_.problems.push_back({ReadProblem::Severity::error, span, std::move(message)});
  }

  void read_line(const Line& line, size_t depth) {
    std::vector<Word> words, options;
    for (Word& word : words_of(line)) {
      if (!word.text.starts_with('@')) words.push_back(std::move(word));
      else if (word.text.size() > 1) options.push_back({word.text.substr(1), word.at});
    }
    if (words.empty()) return complain(line.span_at(0), "expected a rule such as `map SOURCE TARGET`, or a directive; Traffic Server refuses the file");
    if (words.front().text.starts_with('.')) return directive(line, words, options, depth);
    if (words.size() < 3)
      return complain(line.span_at(0), fmt::format("{}: expected a source and a target; Traffic Server refuses the file", words.front().text));
    rule(line, words, options);
  }

  void directive(const Line& line, const std::vector<Word>& words, const std::vector<Word>& options, size_t depth) {
    const std::string& name = words.front().text;
    const auto is = [&](std::initializer_list<std::string_view> spellings) { return std::ranges::find(spellings, name) != spellings.end(); };
    if (words.size() < 2) return complain(line.span_at(0), fmt::format("{}: expected a name behind it", name));
    const std::string& argument = words[1].text;
    if (is({".definefilter", ".deffilter", ".defflt"})) {
      Filter filter;
      filter.name = argument;
      filter.span = line.span_at(0);
      for (const Word& each : options)
        if (!take_filter_option(each.text, filter))
          complain(line.span_at(each.at), fmt::format("@{}: not known for a filter; expected action, method, src_ip, in_ip or internal", each.text));
      filters_.define(std::move(filter));
    } else if (is({".deletefilter", ".delfilter", ".delflt"})) {
      filters_.remove(argument);
    } else if (is({".usefilter", ".activefilter", ".activatefilter", ".useflt"})) {
      // ip_allow is the name of what ip_allow.yaml says.
      if (argument != "ip_allow" && !filters_.activate(argument))
        complain(line.span_at(words[1].at), fmt::format("{}: no filter is called {} so far; .definefilter makes one", name, argument));
    } else if (is({".unusefilter", ".deactivatefilter", ".unactivefilter", ".deuseflt", ".unuseflt"})) {
      if (argument != "ip_allow" && !filters_.deactivate(argument))
        complain(line.span_at(words[1].at), fmt::format("{}: no filter is called {} so far", name, argument));
    } else if (name == ".include") {
      for (size_t i = 1; i < words.size(); ++i) include(resolve_path(folder_, words[i].text), line.span_at(words[i].at), depth);
    } else {
      complain(line.span_at(0), fmt::format("'{}' is no directive of remap.config; Traffic Server refuses the file", name));
    }
  }

  void include(const std::string& path, SourceSpan at, size_t depth) {
    if (options_.files.kind(path) == FileSource::Kind::directory) {
      for (const std::string& file : options_.files.glob(path + "/*"))
        if (options_.files.kind(file) == FileSource::Kind::file) read_file(file, at, depth + 1);
    } else {
      read_file(path, at, depth + 1);
    }
  }

  RuleOptions options_of(const Line& line, const std::vector<Word>& words) {
    RuleOptions made;
    std::string plugin;
    Filter own;
    own.span = line.span_at(0);
    bool has_own = false;
    for (const Word& word : words) {
      const SourceSpan span = line.span_at(word.at);
      const size_t equals = word.text.find('=');
      const std::string name = ascii_lower(word.text.substr(0, equals));
      const std::string value = equals == std::string::npos ? "" : word.text.substr(equals + 1);
      if (name == "plugin") {
        plugin = value.substr(value.rfind('/') + 1);
        const bool decides = plugin != "conf_remap.so" && std::ranges::find(harmless_in_rules, plugin) == std::end(harmless_in_rules);
        if (decides && !made.plugin) made.plugin = Stated<std::string>{plugin, span};
      } else if (name == "pparam") {
        if (plugin != "conf_remap.so") continue;
        const size_t second = value.find('=');
        // Without '=' it is a file of such settings, which is not read.
        if (second == std::string::npos) made.records.emplace_back("", Stated<std::string>{value, span});
        else made.records.emplace_back(value.substr(0, second), Stated<std::string>{value.substr(second + 1), span});
      } else if (name == "strategy") {
        made.strategy = span;
      } else if (take_filter_option(word.text, own)) {
        has_own = true;
      }
    }
    if (has_own) made.own.push_back(std::move(own));
    return made;
  }

  void rule(const Line& line, const std::vector<Word>& words, const std::vector<Word>& option_words) {
    RemapRule made;
    made.span = line.span_at(0);
    std::string type = ascii_lower(words[0].text);
    made.has_regex = type.starts_with("regex_");
    if (made.has_regex) type.erase(0, 6);
    const bool has_referer = type == "map_with_referer";
    if (type == "map" || has_referer) made.kind = RuleKind::map;
    else if (type == "map_with_recv_port") made.kind = RuleKind::map_with_recv_port;
    else if (type == "redirect") made.kind = RuleKind::redirect;
    else if (type == "redirect_temporary") made.kind = RuleKind::redirect_temporary;
    else if (type == "reverse_map") return;
    else
      return complain(made.span, fmt::format("'{}' is no rule that Traffic Server knows, which refuses the file; expected map, regex_map, "
                                             "map_with_recv_port, map_with_referer, redirect, redirect_temporary or reverse_map", words[0].text));
    made.from = url_of(words[1].text);
    made.to = url_of(words[2].text);
    made.from.host = ascii_lower(made.from.host);
    const SourceSpan source = line.span_at(words[1].at);
    if (made.from.host.empty() && !words[1].text.starts_with('/'))
      return complain(source, fmt::format("'{}' has no host; expected one, or a path that begins with /", words[1].text));
    if (made.to.host.empty()) return complain(line.span_at(words[2].at), fmt::format("'{}' has no host; expected one", words[2].text));
    const bool is_redirect = made.kind == RuleKind::redirect || made.kind == RuleKind::redirect_temporary;
    if (is_redirect && made.from.host.empty())
      return complain(source, fmt::format("{}: '{}' has no host; a redirect needs one", words[0].text, words[1].text));
    // WebSockets and tunnels are no requests for a page.
    if (!made.from.scheme) return;
    if (made.has_regex && !compile(made, source)) return;
    RuleOptions options = options_of(line, option_words);
    made.plugin = std::move(options.plugin);
    if (has_referer) made.plugin = Stated<std::string>{"the Referer field", made.span};
    made.strategy = options.strategy;
    made.records = std::move(options.records);
    std::tie(made.filter, made.filter_span) = filters_.judge(options.own, deployment_.version);
    const std::string key = fmt::format("{} {} {} {} {}", static_cast<int>(made.kind), static_cast<int>(*made.from.scheme), made.from.host,
                                        made.from_port(), made.from.path);
    if (!made.has_regex && !known_.insert(key).second)
      return complain(source, fmt::format("{} is there twice; Traffic Server refuses the file", made.from.text));
    rules_.push_back(std::move(made));
  }

  bool compile(RemapRule& rule, SourceSpan span) {
    // All of it is written in lower case first, escapes among it: \D means \d.
    Result<nginx::Regex> regex = nginx::Regex::compile(rule.from.host, nginx::Regex::Case::sensitive);
    if (!regex) {
      complain(span, fmt::format("the host is no expression: {}; Traffic Server refuses the file", regex.error().message));
      return false;
    }
    rule.regex = std::make_shared<const nginx::Regex>(*std::move(regex));
    return true;
  }

  const std::string& folder_;
  const ReadOptions& options_;
  Deployment& deployment_;
  Filters filters_;
  std::vector<RemapRule> rules_;
  std::set<std::string> known_;
  size_t files_ = 0;
};

}  // namespace

std::vector<RemapRule> read_remap_config(const std::string& path, const std::string& folder, const ReadOptions& options,
                                         Deployment& deployment) {
  RuleReader reader(folder, options, deployment);
  reader.read_file(path, std::nullopt, 0);
  return reader.take();
}

}  // namespace astray::trafficserver
