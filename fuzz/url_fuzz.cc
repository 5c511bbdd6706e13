#include "names/url.h"

#include "base/check.h"
#include "naive_names.h"

using namespace astray;

namespace {

/// RFC 3986 §5.2.4, letter by letter.
std::string naive_without_dots(std::string in) {
  std::string out;
  const auto cut_last = [&out] { out.erase(out.rfind('/') == std::string::npos ? 0 : out.rfind('/')); };
  while (!in.empty()) {
    if (in.starts_with("../")) {
      in.erase(0, 3);
    } else if (in.starts_with("./") || in.starts_with("/./")) {
      in.erase(0, 2);
    } else if (in == "/.") {
      in = "/";
    } else if (in.starts_with("/../")) {
      in.erase(0, 3);
      cut_last();
    } else if (in == "/..") {
      in = "/";
      cut_last();
    } else if (in == "." || in == "..") {
      in.clear();
    } else {
      const size_t end = in.find('/', 1);
      out += in.substr(0, end);
      in.erase(0, end == std::string::npos ? in.size() : end);
    }
  }
  return out;
}

void check_form(const Url& url) {
  constexpr std::string_view fitting =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/?%";
  CHECK(url.target.starts_with('/'));
  CHECK(naive::consists_of(url.target, fitting));
  if (url.fragment) CHECK(naive::consists_of(*url.fragment, fitting));
  if (url.userinfo) CHECK(!url.userinfo->empty() && naive::consists_of(*url.userinfo, fitting));
  const size_t query = std::min(url.target.find('?'), url.target.size());
  const std::string path = url.target.substr(0, query);
  CHECK(naive_without_dots(path) == path);
}

/// What is printed is read as the same URL, whole or from another one of its authority.
void check_fixpoint(const Url& url) {
  Url plain = url;
  plain.userinfo = plain.fragment = std::nullopt;
  CHECK(Url::parse(url.text()) == plain);
  CHECK(Url::parse_lenient(url.text()) == plain);
  CHECK(plain.resolve(url.text()) == plain);
  CHECK(url.resolve("") == url);
  const Url other = *Url::parse(url.text().substr(0, url.text().size() - url.target.size()) + "/p/q?r");
  if (!url.target.starts_with("//")) CHECK(other.resolve(url.target) == plain);
  CHECK(other.resolve(url.text().substr(to_string(url.scheme).size() + 1)) == plain);
}

/// The relative reference by hand: merge, then remove the dots (RFC 3986 §5.2.2).
void check_resolution(const Url& base, std::string_view reference) {
  const auto resolved = base.resolve(reference);
  if (!resolved) return;
  check_form(*resolved);
  check_fixpoint(*resolved);
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz./";
  if (reference.empty() || !naive::consists_of(reference, plain) || reference.starts_with("//")) return;
  const std::string path = base.target.substr(0, base.target.find('?'));
  const std::string merged = reference.starts_with('/')
                                 ? std::string(reference)
                                 : path.substr(0, path.rfind('/') + 1) + std::string(reference);
  CHECK(resolved->target == naive_without_dots(merged));
  CHECK(resolved->authority == base.authority && resolved->userinfo == base.userinfo);
}

}  // namespace

// A URL, a line feed, references that follow one another.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  std::string_view rest = naive::text_of(data, size);
  const size_t line_end = std::min(rest.find('\n'), rest.size());
  const std::string_view text = rest.substr(0, line_end);
  rest.remove_prefix(std::min(line_end + 1, rest.size()));

  auto url = Url::parse(text);
  if (!url) return 0;
  check_form(*url);
  check_fixpoint(*url);
  CHECK(Url::parse("  " + std::string(text) + "\r\n") == *url);

  for (int i = 0; i < 8 && !rest.empty(); ++i) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    check_resolution(*url, rest.substr(0, end));
    if (auto next = url->resolve(rest.substr(0, end))) url = std::move(next);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return 0;
}
