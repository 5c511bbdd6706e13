#include "servers/haproxy/certificates.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/ascii.h"

namespace astray::haproxy {
namespace {

// In the order in which they are loaded, which also decides the default one (SSL_SOCK_KEYTYPE_NAMES).
constexpr std::string_view bundle_endings[] = {".dsa", ".ecdsa", ".rsa"};
constexpr std::string_view reserved_endings[] = {".key", ".issuer", ".ocsp", ".sctl"};

NamedPattern pattern_of(std::string_view name, SourceSpan span) {
  std::string text = ascii_lower(name);
  if (text.starts_with("*.")) return {{PatternKind::leading_wildcard, text.substr(2)}, span};
  return {{PatternKind::exact, std::move(text)}, span};
}

}  // namespace

void CertificateReader::add_one(const std::string& file, const CertificateResult& read, SourceSpan span,
                                const TlsOptions& options) {
  const size_t own = bind_.contexts.size();
  TlsContext& context = bind_.contexts.emplace_back();
  context.bundle = own;
  context.is_default = own == 0;
  context.span = span;
  context.tls = options.tls;
  context.tls.enabled = {true, bind_.span, Provenance::set};
  context.alpn = options.alpn.value_or("");
  context.verify_errors_ignored = options.verify_errors_ignored;
  CertificateUse& use = context.tls.certificates.emplace_back();
  use.path = file;
  use.span = span;
  if (read) use.certificate = *read;
}

size_t CertificateReader::add(const std::string& path, SourceSpan span, const TlsOptions& options) {
  const size_t first = bind_.contexts.size();
  const CertificateResult alone = reading_.certificates.load(path);
  if (!alone && alone.error().problem == CertificateProblem::missing) {
    for (const std::string_view ending : bundle_endings) {
      const std::string file = path + std::string(ending);
      if (const CertificateResult part = reading_.certificates.load(file)) add_one(file, part, span, options);
    }
    for (size_t i = first; i < bind_.contexts.size(); ++i) bind_.contexts[i].bundle = first;
    if (bind_.contexts.size() > first) return first;
  }
  add_one(path, alone, span, options);
  if (!alone)
    reading_.problems.error(span, fmt::format("which names it answers for stays unknown: {}", alone.error().message));
  return first;
}

void CertificateReader::take_names(TlsContext& context) {
  const CertificateUse& use = context.tls.certificates.front();
  if (!use.certificate) {
    context.names_known = false;
    return;
  }
  // Common names count beside those of the extension (ssl_sock_load_multi_ckchs).
  std::vector<std::string> names;
  for (const CertificateName& name : use.certificate->names.in_file_order())
    if (name.host().address() == nullptr) names.push_back(name.text());
  if (!use.certificate->common_name.empty()) names.push_back(use.certificate->common_name);
  std::set<std::string> seen;
  for (const std::string& name : names)
    if (seen.insert(ascii_lower(name)).second) context.names.push_back(pattern_of(name, use.span));
}

void CertificateReader::take_names_from(size_t first) {
  for (size_t i = first; i < bind_.contexts.size(); ++i) take_names(bind_.contexts[i]);
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
  if (reading_.files.kind(path) != FileSource::Kind::directory) {
    const size_t first = add(path, span, options_);
    // Of a bundle, but not of one in a list or folder, all parts are default ones.
    for (TlsContext& context : bind_.contexts) context.is_default = context.is_default || first == 0;
    return take_names_from(first);
  }
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
  for (const std::string& file : files) take_names_from(add(file, span, options_));
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
  const size_t first = add(located(line.word(0), reading_.globals.crt_base, reading_), line.span(), options);
  if (next >= line.words.size()) return take_names_from(first);
  for (; next < line.words.size(); ++next) {
    const std::string_view filter = line.word(next);
    for (size_t i = first; i < bind_.contexts.size(); ++i) take_filter(bind_.contexts[i], filter, line.span(next));
  }
}

void CertificateReader::take_filter(TlsContext& context, std::string_view filter, SourceSpan span) {
  if (filter == "*") {
    context.is_default = true;  // and names nobody
  } else if (filter.starts_with("!")) {
    filter.remove_prefix(1);
    if (!filter.starts_with('*')) context.excluded.push_back(ascii_lower(filter));
  } else {
    context.names.push_back(pattern_of(filter, span));
  }
}

}  // namespace astray::haproxy
