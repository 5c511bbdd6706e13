// The reader and the behaviour of httpd, on a configuration of one or more files: "=== PATH" begins a file,
// as in src/servers/httpd/cases (whose set-up lines are skipped); without such a line all is one file.
//
// Held: every span lies inside its file; reading twice gives the same; what a look-up finds is what going
// through the names one by one finds; every listener answers, whatever the SNI and the Host, and what it says
// is consistent.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.h"
#include "base/check.h"
#include "servers/httpd/alias_pattern.h"
#include "servers/httpd/behave.h"
#include "servers/httpd/read.h"
#include "servers/model/dump.h"
#include "tls/fake_certificate_source.h"

namespace {

using namespace astray;

constexpr size_t max_input = 1 << 14;
// So that an input which unfolds ends within a second.
constexpr httpd::ReadLimits limits{.lines = 20'000,
                                   .kept_bytes = 4 << 20,
                                   .includes = 500,
                                   .nesting = 40,
                                   .include_depth = 20,
                                   .listeners = 200,
                                   .inherited_items = 20'000};

struct Input {
  std::string main = "/e/httpd.conf";
  std::map<std::string, std::string> texts;
};

Input cut(std::string_view bytes) {
  Input input;
  std::string path;
  bool is_first = true;
  if (!bytes.starts_with("=== ") && bytes.find("\n=== ") == std::string_view::npos) {
    input.texts[input.main] = std::string(bytes);
    return input;
  }
  while (!bytes.empty()) {
    size_t feed = bytes.find('\n');
    std::string_view line = bytes.substr(0, feed);
    bytes = feed == std::string_view::npos ? std::string_view() : bytes.substr(feed + 1);
    if (line.starts_with("=== /")) {
      path = resolve_path("/", line.substr(4));
      if (is_first) input.main = path;
      is_first = false;
      input.texts[path];
    } else if (!path.empty()) {
      input.texts[path] += std::string(line) + "\n";
    }
  }
  return input;
}

class Reading {
 public:
  explicit Reading(const Input& input) : input_(input) {
    for (const auto& [path, text] : input.texts) files_.add(path, text);
    certificates_.declare("/c.pem", {"a.test", "*.b.test"});
    certificates_.declare_authorities("/ca.pem", {"CN=CA"});
  }

  Result<Deployment> read(Version version) {
    ReadOptions options{version, VersionBasis::given, "", {"Given", "VALUE=value.test"},
                        files_,  certificates_};
    return httpd::read(input_.main, options, limits);
  }

 private:
  const Input& input_;
  MemoryFiles files_;
  FakeCertificateSource certificates_;
};

class SpanCheck {
 public:
  SpanCheck(const Deployment& deployment, const Input& input) : deployment_(deployment) {
    for (const auto& [path, text] : input.texts) {
      std::vector<size_t>& lengths = line_lengths_[path];
      size_t start = 0;
      while (start <= text.size()) {
        size_t end = std::min(text.find('\n', start), text.size());
        lengths.push_back(end - start);
        start = end + 1;
      }
    }
  }

  void operator()(SourceSpan span) const {
    if (!span.known()) return;
    CHECK(static_cast<size_t>(span.file) < deployment_.files.size());
    auto lengths = line_lengths_.find(std::string(deployment_.files.path(span.file)));
    CHECK(lengths != line_lengths_.end());
    if (span.line == 0) return;
    CHECK(span.line <= lengths->second.size());
    CHECK(span.column <= lengths->second[span.line - 1] + 1);
  }

 private:
  const Deployment& deployment_;
  std::map<std::string, std::vector<size_t>> line_lengths_;
};

void check_spans(const Deployment& deployment, const Input& input) {
  SpanCheck check(deployment, input);
  for (const ReadProblem& problem : deployment.problems) {
    check(problem.span);
    CHECK(!problem.message.empty());
  }
  for (const Listener& listener : deployment.listeners) {
    check(listener.span);
    check(listener.tls.span);
    CHECK(!listener.virtual_hosts.empty());
    CHECK(listener.default_virtual_host == listener.virtual_hosts.front());
    for (VirtualHostId id : listener.virtual_hosts)
      CHECK(static_cast<size_t>(id) < deployment.virtual_hosts.size());
  }
  for (const VirtualHost& host : deployment.virtual_hosts) {
    check(host.span);
    CHECK(!host.names.empty());
    for (const NamedPattern& name : host.names) check(name.span);
    for (const CertificateUse& use : host.tls.certificates) check(use.span);
    for (SourceSpan span :
         {host.tls.enabled.span, host.tls.versions.span, host.tls.client_authentication.span, host.http2.span,
          host.fixed_status.span, host.strict_sni.span, host.tls.ciphers.span})
      check(span);
    for (const AccessLog& log : host.access_logs) check(log.span);
    for (const AltSvc& alternative : host.alt_svc) check(alternative.span);
    for (const BackEdge& edge : host.back_edges) {
      check(edge.span);
      check(edge.host.span);
      for (const BackAddress& address : edge.addresses) check(address.span);
    }
  }
}

bool has_name(const VirtualHost& host, std::string_view name, PatternKind exact_or_other) {
  for (const NamedPattern& known : host.names) {
    bool is_exact = known.pattern.kind == PatternKind::exact;
    if (is_exact != (exact_or_other == PatternKind::exact) || known.pattern.kind == PatternKind::unknowable)
      continue;
    if (is_exact ? ascii_iequals(known.pattern.text, name)
                 : httpd::glob_matches(known.pattern.spelled(), name))
      return true;
  }
  return false;
}

void check_lookup(const Deployment& deployment, const Behaviour& behaviour, ListenerId id,
                  std::string_view name) {
  const Listener& listener = deployment.listener(id);
  Behaviour::Lookup expected{listener.default_virtual_host, NameMatch::default_host};
  for (VirtualHostId host : listener.virtual_hosts) {
    bool exact = has_name(deployment.virtual_host(host), name, PatternKind::exact);
    if (!exact && !has_name(deployment.virtual_host(host), name, PatternKind::glob)) continue;
    expected = {host, exact ? NameMatch::exact : NameMatch::wildcard};
    break;
  }
  Behaviour::Lookup found = behaviour.find_virtual_host(id, name);
  CHECK(found.match == expected.match);
  // One virtual host may be listed twice; the first listing counts in both.
  CHECK(found.virtual_host == expected.virtual_host);
}

void check_answer(const Listener& listener, const ExpectedHandshake& handshake,
                  const ExpectedAnswer& answer) {
  if (handshake.outcome == HandshakeOutcome::rejected) {
    CHECK(handshake.certificate == nullptr);
    CHECK(answer.outcome == AnswerOutcome::reject);
    return;
  }
  if (handshake.outcome == HandshakeOutcome::unknowable) return;
  bool is_here = false;
  for (VirtualHostId host : listener.virtual_hosts) is_here = is_here || host == answer.virtual_host;
  CHECK(is_here);
  CHECK(answer.status == 0 || (answer.status >= 100 && answer.status <= 999));
  if (answer.outcome == AnswerOutcome::serve) CHECK(answer.status < 400);
}

void check_behaviour(const Deployment& deployment) {
  std::unique_ptr<Behaviour> behaviour = httpd::make_behaviour(deployment);
  std::vector<std::string> names = {"",
                                    "a.test",
                                    "x.b.test",
                                    "a.test.",
                                    std::string("a\0b", 3),
                                    std::string(300, 'a'),
                                    "[::1]:8",
                                    "a..b",
                                    "*",
                                    "127.0.0.1:443",
                                    "\xFF",
                                    "a,b"};
  for (size_t i = 0; i < deployment.virtual_hosts.size() && names.size() < 24; ++i)
    for (const NamedPattern& name : deployment.virtual_hosts[i].names)
      if (names.size() < 24) names.push_back(name.pattern.text);
  size_t listeners = std::min<size_t>(deployment.listeners.size(), 8);
  for (size_t i = 0; i < listeners; ++i) {
    auto id = static_cast<ListenerId>(i);
    for (const std::string& name : names) check_lookup(deployment, *behaviour, id, name);
    for (size_t s = 0; s <= names.size(); ++s) {
      ConnectionFacts connection;
      if (s < names.size()) connection.sni = RawHost(names[s]);
      connection.alpn = s % 2 == 0 ? AlpnOffer::h2 : AlpnOffer::h1;
      connection.scheme = s % 5 == 4 ? Scheme::http : Scheme::https;
      if (s % 3 == 0) connection.client_certificate = ClientCertificate{"00"};
      for (const std::string& name : names) {
        RequestFacts request;
        request.host_fields = {RawHost(name)};
        if (s % 2 == 0) request.pseudo_authority = RawHost(name);
        Expected expected = behave(*behaviour, id, connection, request);
        check_answer(deployment.listener(id), expected.handshake, expected.answer);
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > max_input) return 0;
  Input input = cut({reinterpret_cast<const char*>(data), size});
  Version version = size % 3 == 0   ? Version{2, 4, 63}
                    : size % 3 == 1 ? Version{2, 4, 65}
                                    : httpd::newest_version;
  Result<Deployment> deployment = Reading(input).read(version);
  if (!deployment) return 0;
  check_spans(*deployment, input);
  Result<Deployment> again = Reading(input).read(version);
  CHECK(again.has_value());
  CHECK(dump(*deployment) == dump(*again));
  check_behaviour(*deployment);
  return 0;
}
