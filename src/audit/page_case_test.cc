#include "audit/page_case_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <optional>

#include "audit/client_answers.h"
#include "base/ascii.h"
#include "servers/model/file_source.h"
#include "servers/model/server.h"
#include "tls/fake_certificate_source.h"

namespace astray::test {
namespace {

std::vector<std::string> meaningful_lines(std::string_view text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = ascii_trim(text.substr(begin, end - begin));
    if (!line.empty() && line.front() != '#') lines.emplace_back(line);
    begin = end + 1;
  }
  return lines;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    size_t end = std::min(text.find(separator, begin), text.size());
    if (auto part = ascii_trim(text.substr(begin, end - begin)); !part.empty()) parts.emplace_back(part);
    begin = end + 1;
  }
  return parts;
}

std::optional<Instant> parse_day(const std::string& text) {
  int year = 0, month = 0, day = 0, length = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &length) != 3 ||
      text.size() != size_t(length))
    return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                   std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return Instant{std::chrono::sys_days(date).time_since_epoch().count() * int64_t{86400}};
}

constexpr int64_t thirty_days = int64_t{30} * 86400;

struct CaseOptions {
  Instant now = *parse_day("2026-01-01");
  std::vector<const ClientProfile*> clients = default_audit_clients();
  std::map<ServerKind, Version> versions;
  std::map<std::string, Version> versions_by_path;
  bool problems_allowed = false;
};

Result<std::monostate> read_option(const std::string& line, CaseOptions& options) {
  auto words = split(line, ' ');
  if (words.size() >= 2 && words[0] == "server") {
    size_t at = words[1].find('@');
    const Server* server = at == std::string::npos ? nullptr : find_server(words[1].substr(0, at));
    auto version = at == std::string::npos ? std::nullopt : Version::parse(words[1].substr(at + 1));
    if (!server || !version)
      return failure(fmt::format("'{}': expected 'server KIND@VERSION [configuration]'", line));
    if (words.size() == 3) {
      options.versions_by_path[words[2]] = *version;
    } else {
      options.versions[server->kind] = *version;
    }
    return {};
  }
  if (words.size() == 2 && words[0] == "clients") {
    options.clients.clear();
    for (const std::string& id : split(words[1], ',')) {
      const ClientProfile* profile = find_client_profile(id);
      if (!profile) return failure(fmt::format("there is no client profile '{}'", id));
      options.clients.push_back(profile);
    }
    return {};
  }
  if (words.size() == 2 && words[0] == "now") {
    auto day = parse_day(words[1]);
    if (!day) return failure(fmt::format("'{}': expected 'now YYYY-MM-DD'", line));
    options.now = *day;
    return {};
  }
  if (line == "problems allowed") {
    options.problems_allowed = true;
    return {};
  }
  return failure(fmt::format(
      "'{}': expected 'server KIND@VERSION', 'clients LIST', 'now YYYY-MM-DD' or 'problems allowed'", line));
}

/// Takes "[expires 2026-03-01]" and the like off the end of the line.
std::vector<std::string> take_bracketed(std::string& text) {
  std::vector<std::string> found;
  for (size_t open = text.find('['); open != std::string::npos; open = text.find('[')) {
    size_t close = text.find(']', open);
    if (close == std::string::npos) break;
    found.push_back(text.substr(open + 1, close - open - 1));
    text.erase(open, close - open + 1);
  }
  return found;
}

/// "path: a.test, *.b.test [expires 2026-03-01] [cn-only] [expired] [serial 2]", or "path: CA \"CN=x\",
/// \"CN=y\"".
Result<std::monostate> declare(const std::string& line, Instant now, FakeCertificateSource& source) {
  size_t colon = line.find(": ");
  if (colon == std::string::npos)
    return failure(fmt::format("'{}': expected 'path: name, name' or 'path: CA \"CN=x\"'", line));
  std::string path = line.substr(0, colon);
  std::string rest(ascii_trim(std::string_view(line).substr(colon + 2)));
  if (rest.starts_with("CA ")) {
    std::vector<std::string> subjects;
    for (std::string subject : split(std::string_view(rest).substr(3), ',')) {
      if (subject.size() < 3 || subject.front() != '"' || subject.back() != '"')
        return failure(fmt::format("'{}': expected a subject in quotes behind CA", line));
      subjects.push_back(subject.substr(1, subject.size() - 2));
    }
    source.declare_authorities(path, subjects);
    return {};
  }
  DeclaredCertificate certificate;
  bool common_name_only = false;
  for (const std::string& word : take_bracketed(rest)) {
    if (word == "expired") {
      certificate.not_after = Instant{now.unix_seconds - thirty_days};
    } else if (word == "cn-only") {
      common_name_only = true;
    } else if (auto day = word.starts_with("expires ") ? parse_day(word.substr(8)) : std::nullopt) {
      certificate.not_after = *day;
    } else if (word.starts_with("serial ")) {
      certificate.serial = word.substr(7);
    } else {
      return failure(
          fmt::format("'[{}]': expected [expired], [cn-only], [expires YYYY-MM-DD] or [serial N]", word));
    }
  }
  certificate.names = split(rest, ',');
  if (certificate.names.empty()) return failure(fmt::format("'{}': a certificate needs a name", line));
  if (common_name_only) {
    certificate.common_name = certificate.names.front();
    certificate.names.clear();
  }
  source.declare(path, certificate);
  return {};
}

class CaseBuilder {
 public:
  explicit CaseBuilder(const PageCase& page_case) : case_(page_case) {}

  Result<BuiltCase> build() {
    for (const Fence& fence : case_.fences)
      if (auto taken = take(fence); !taken) return at(fence, taken.error());
    std::vector<Site> sites;
    for (const Fence& fence : case_.fences) {
      if (find_server(fence.kind) == nullptr) continue;
      auto site = read(fence);
      if (!site) return at(fence, site.error());
      sites.push_back(std::move(*site));
    }
    if (sites.empty()) return failure(fmt::format("line {}: the case has no configuration", case_.line));
    BuiltCase built;
    built.topology =
        std::make_unique<Topology>(std::move(sites), std::move(dns_), options_.clients, options_.now);
    built.waivers = std::move(waivers_);
    return built;
  }

 private:
  static Failure<Error> at(const Fence& fence, const Error& error) {
    return failure(fmt::format("line {}: {}", fence.line, error.message));
  }

  Result<std::monostate> take(const Fence& fence) {
    if (find_server(fence.kind) != nullptr || fence.kind == "file") {
      if (!fence.argument.starts_with('/'))
        return failure("expected an absolute path behind the fence's kind");
      if (files_.kind(fence.argument) != FileSource::Kind::missing)
        return failure(fmt::format("{} is given twice", fence.argument));
      files_.add(fence.argument, fence.text);
    } else if (fence.kind == "options") {
      for (const std::string& line : meaningful_lines(fence.text))
        if (auto read = read_option(line, options_); !read) return read;
    } else if (fence.kind == "certificates") {
      for (const std::string& line : meaningful_lines(fence.text))
        if (auto declared = declare(line, options_.now, certificates_); !declared) return declared;
    } else if (fence.kind == "dns") {
      auto dns = DnsView::parse(fence.text, "dns");
      if (!dns) return tl::unexpected(dns.error());
      dns_ = std::move(*dns);
    } else if (fence.kind == "waivers") {
      auto waivers =
          Waivers::parse(fence.text, fence.argument.empty() ? ".astray-ignore.yaml" : fence.argument);
      if (!waivers) return tl::unexpected(waivers.error());
      waivers_ = std::move(*waivers);
    }
    return {};
  }

  Result<Site> read(const Fence& fence) {
    const Server* found = find_server(fence.kind);
    if (!found) return failure(fmt::format("there is no server '{}'", fence.kind));
    const Server& server = *found;
    ReadOptions options{std::nullopt, VersionBasis::given, "", {}, files_, certificates_};
    if (auto version = options_.versions.find(server.kind); version != options_.versions.end())
      options.version = version->second;
    if (auto version = options_.versions_by_path.find(fence.argument);
        version != options_.versions_by_path.end())
      options.version = version->second;
    auto deployment = server.read(fence.argument, options);
    if (!deployment) return tl::unexpected(deployment.error());
    if (!deployment->problems.empty() && !options_.problems_allowed) {
      const ReadProblem& problem = deployment->problems.front();
      return failure(fmt::format("the configuration reads with problems, the first being {}: {}",
                                 deployment->files.describe(problem.span), problem.message));
    }
    Site site;
    site.deployment = std::make_unique<const Deployment>(std::move(*deployment));
    site.behaviour = server.behaviour(*site.deployment);
    return site;
  }

  const PageCase& case_;
  CaseOptions options_;
  MemoryFiles files_;
  FakeCertificateSource certificates_;
  DnsView dns_;
  Waivers waivers_;
};

}  // namespace

Result<BuiltCase> build(const PageCase& page_case) {
  return CaseBuilder(page_case).build();
}

std::string expect_line(const Finding& finding) {
  std::string line =
      fmt::format("{} {} {}", to_string(finding.severity), to_string(finding.confidence), finding.from_name);
  if (!finding.to_name.empty()) line += " -> " + finding.to_name;
  line += fmt::format(" {}:{}", finding.place.file, finding.place.line);
  if (finding.further > 0) line += fmt::format(" +{}", finding.further);
  return line;
}

std::vector<std::string> lines_of(const PageCase& page_case, std::string_view fence_kind) {
  std::vector<std::string> lines;
  for (const Fence& fence : page_case.fences)
    if (fence.kind == fence_kind)
      for (std::string& line : meaningful_lines(fence.text)) lines.push_back(std::move(line));
  return lines;
}

TEST(PageCase, RefusesWhatItDoesNotUnderstand) {
  auto error_of = [](std::vector<Fence> fences) {
    auto built = build(PageCase{CaseKind::fires, "c", 1, std::move(fences)});
    return built ? std::string() : built.error().message;
  };
  EXPECT_EQ(error_of({}), "line 1: the case has no configuration");
  EXPECT_EQ(error_of({{"options", "", "wow 3\n", 7}}),
            "line 7: 'wow 3': expected 'server KIND@VERSION', 'clients LIST', 'now YYYY-MM-DD' or 'problems "
            "allowed'");
  EXPECT_EQ(error_of({{"options", "", "now 2026-02-30\n", 7}}),
            "line 7: 'now 2026-02-30': expected 'now YYYY-MM-DD'");
  EXPECT_EQ(error_of({{"file", "/a", "", 2}, {"file", "/a", "", 5}}), "line 5: /a is given twice");
  EXPECT_EQ(error_of({{"certificates", "", "/c.pem a.test\n", 3}}),
            "line 3: '/c.pem a.test': expected 'path: name, name' or 'path: CA \"CN=x\"'");
}

TEST(PageCase, SpellsAFindingAsExpectFencesDo) {
  Finding finding;
  finding.severity = Severity::error;
  finding.confidence = Confidence::medium;
  finding.from_name = "a.test";
  finding.to_name = "b.test";
  finding.place = {"/etc/nginx/nginx.conf", 12, 3, ""};
  EXPECT_EQ(expect_line(finding), "error medium a.test -> b.test /etc/nginx/nginx.conf:12");
  finding.to_name.clear();
  finding.further = 3;
  EXPECT_EQ(expect_line(finding), "error medium a.test /etc/nginx/nginx.conf:12 +3");
}

}  // namespace astray::test
