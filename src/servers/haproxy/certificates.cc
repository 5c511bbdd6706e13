#include "servers/haproxy/certificates.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/ascii.h"

namespace astray::haproxy {
namespace {

constexpr std::string_view bundle_endings[] = {".rsa", ".dsa", ".ecdsa"};
constexpr std::string_view reserved_endings[] = {".key", ".issuer", ".ocsp", ".sctl"};

NamedPattern pattern_of(std::string_view name, SourceSpan span) {
  std::string text = ascii_lower(name);
  if (text.starts_with("*.")) return {{PatternKind::leading_wildcard, text.substr(2)}, span};
  return {{PatternKind::exact, std::move(text)}, span};
}

}  // namespace

TlsContext& CertificateReader::add(const std::string& path, SourceSpan span, const TlsOptions& options) {
  TlsContext& context = bind_.contexts.emplace_back();
  context.span = span;
  context.tls = options.tls;
  context.tls.enabled = {true, bind_.span, Provenance::set};
  context.alpn = options.alpn.value_or("");
  context.verify_errors_ignored = options.verify_errors_ignored;
  const auto use = [&](const std::string& file, const CertificateResult& read) {
    CertificateUse& made = context.tls.certificates.emplace_back();
    made.path = file;
    made.span = span;
    if (read) made.certificate = *read;
  };
  const CertificateResult alone = reading_.certificates.load(path);
  if (alone) {
    use(path, alone);
    return context;
  }
  if (alone.error().problem == CertificateProblem::missing) {
    for (const std::string_view ending : bundle_endings) {
      const std::string file = path + std::string(ending);
      if (const CertificateResult part = reading_.certificates.load(file)) use(file, part);
    }
    if (!context.tls.certificates.empty()) return context;
  }
  use(path, alone);
  reading_.problems.error(span, fmt::format("which names it answers for stays unknown: {}", alone.error().message));
  return context;
}

void CertificateReader::take_names(TlsContext& context) {
  std::set<std::string> seen;
  for (const CertificateUse& use : context.tls.certificates) {
    if (!use.certificate) {
      context.names_known = false;
      continue;
    }
    // Common names count beside those of the extension (ssl_sock_load_multi_ckchs).
    std::vector<std::string> names;
    for (const CertificateName& name : use.certificate->names.in_file_order())
      if (name.host().address() == nullptr) names.push_back(name.text());
    if (!use.certificate->common_name.empty()) names.push_back(use.certificate->common_name);
    for (const std::string& name : names)
      if (seen.insert(ascii_lower(name)).second) context.names.push_back(pattern_of(name, use.span));
  }
}

void CertificateReader::read_path(const Line& line, size_t at) {
  const SourceSpan span = line.span(at);
  if (at >= line.words.size())
    return reading_.problems.error(span, fmt::format("'{}' expects a path", line.word(at - 1)));
  if (!line.words[at].known()) {
    bind_.certificates_known = false;
    return reading_.problems.warning(span, fmt::format("the environment variable {} decides which certificates are "
                                                       "loaded and is not known", line.words[at].unknown_for));
  }
  if (line.word(at).starts_with('@')) {
    bind_.certificates_known = false;
    return reading_.problems.warning(span, fmt::format("{} is of a crt-store, which is not read: which names it answers "
                                                       "for stays unknown", line.word(at)));
  }
  std::string path = located(line.word(at), reading_.globals.crt_base, reading_);
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (reading_.files.kind(path) != FileSource::Kind::directory) return take_names(add(path, span, options_));
  // Parts of a bundle count once, under the name that they share.
  std::set<std::string> files;
  for (std::string file : reading_.files.glob(path + "/*")) {
    const std::string_view name = std::string_view(file).substr(file.rfind('/') + 1);
    const auto ends = [&](std::string_view ending) { return name.ends_with(ending); };
    if (name.starts_with('.') || std::any_of(std::begin(reserved_endings), std::end(reserved_endings), ends)) continue;
    if (reading_.files.kind(file) != FileSource::Kind::file) continue;
    for (const std::string_view ending : bundle_endings)
      if (name.ends_with(ending)) {
        file.resize(file.size() - ending.size());
        break;
      }
    files.insert(file);
  }
  for (const std::string& file : files) take_names(add(file, span, options_));
}

void CertificateReader::read_list(const Line& line, size_t at) {
  const SourceSpan span = line.span(at);
  if (at >= line.words.size()) return reading_.problems.error(span, "'crt-list' expects a file");
  const std::string path = located(line.word(at), "", reading_);
  const Result<std::string> text = reading_.files.read(path);
  if (!line.words[at].known() || !text) {
    bind_.certificates_known = false;
    reading_.problems.error(span, fmt::format("which certificates it lists stays unknown: {}",
                                              text ? "an environment variable decides the file" : text.error().message));
    return;
  }
  const SourceFileId file = reading_.names.add(path);
  const Environment nothing;
  std::string_view rest = *text;
  for (uint32_t number = 1; !rest.empty(); ++number) {
    const size_t end = rest.find('\n');
    std::string_view each = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    each = each.substr(0, each.find_last_not_of(" \t\r") + 1);
    if (each.empty() || each.starts_with('#')) continue;
    // Brackets are words of their own here, wherever they stand.
    Line entry{file, number, {}};
    for (size_t i = 0; i < each.size();) {
      const char c = each[i];
      if (c == ' ' || c == '\t') {
        ++i;
        continue;
      }
      const size_t from = i;
      if (c == '[' || c == ']') {
        ++i;
      } else {
        while (i < each.size() && std::string_view(" \t[]").find(each[i]) == std::string_view::npos) ++i;
      }
      entry.words.push_back({std::string(each.substr(from, i - from)), static_cast<uint32_t>(from + 1), {}});
    }
    if (!entry.words.empty()) take_list_line(entry);
  }
}

void CertificateReader::take_list_line(const Line& line) {
  if (line.word(0).starts_with('@')) {
    bind_.certificates_known = false;
    return reading_.problems.warning(line.span(), fmt::format("{} is of a crt-store, which is not read", line.word(0)));
  }
  TlsOptions options = options_;
  size_t next = 1;
  if (line.word(next) == "[") {
    const size_t open = next++;
    while (next < line.words.size() && line.word(next) != "]") {
      const size_t taken = options.take(line, next, reading_);
      if (taken == 0)
        reading_.problems.error(line.span(next), fmt::format("'{}' is no option of a crt-list's line", line.word(next)));
      next += std::max<size_t>(1, taken);
    }
    if (next >= line.words.size()) return reading_.problems.error(line.span(open), "'[' without ']'");
    ++next;
    options.load_authorities(reading_);
  }
  TlsContext& context = add(located(line.word(0), reading_.globals.crt_base, reading_), line.span(), options);
  if (next >= line.words.size()) return take_names(context);
  for (; next < line.words.size(); ++next) {
    std::string_view filter = line.word(next);
    if (filter == "*") continue;  // says that it is a default, and names nobody
    if (filter.starts_with("!")) {
      filter.remove_prefix(1);
      if (!filter.starts_with('*')) context.excluded.push_back(ascii_lower(filter));
    } else {
      context.names.push_back(pattern_of(filter, line.span(next)));
    }
  }
}

}  // namespace astray::haproxy
