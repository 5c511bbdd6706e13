#pragma once
// Configurations of one or more files as one input, and what holds for every reader that is fuzzed with them:
// "=== PATH" begins a file, as in src/servers/*/cases (whose set-up lines are skipped); without such a line all is
// one file.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "servers/model/behaviour.h"
#include "servers/model/dump.h"
#include "servers/model/server.h"
#include "tls/fake_certificate_source.h"

namespace astray::fuzz {

struct ConfigurationInput {
  std::string main;
  std::map<std::string, std::string> texts;
};

inline ConfigurationInput cut_configuration(std::string_view bytes, std::string main) {
  ConfigurationInput input{std::move(main), {}};
  if (!bytes.starts_with("=== ") && bytes.find("\n=== ") == std::string_view::npos) {
    input.texts[input.main] = std::string(bytes);
    return input;
  }
  std::string path;
  while (!bytes.empty()) {
    const size_t feed = bytes.find('\n');
    const std::string_view line = bytes.substr(0, feed);
    bytes = feed == std::string_view::npos ? std::string_view() : bytes.substr(feed + 1);
    if (line.starts_with("=== /")) {
      const bool is_first = path.empty();
      path = resolve_path("/", line.substr(4));
      if (is_first) input.main = path;
      input.texts[path];
    } else if (!path.empty()) {
      input.texts[path] += std::string(line) + "\n";
    }
  }
  return input;
}

inline Result<Deployment> read_input(const Server& server, const ConfigurationInput& input, Version version) {
  MemoryFiles files;
  for (const auto& [path, text] : input.texts) files.add(path, text);
  FakeCertificateSource certificates;
  certificates.declare("/c.pem", {"a.test", "*.b.test"});
  certificates.declare("/d.pem", {"b.test"});
  certificates.declare_authorities("/ca.pem", {"CN=CA"});
  ReadOptions options{version, VersionBasis::given, "/", {"NAME=known.test"}, files, certificates};
  return server.read(input.main, options);
}

/// A place stands in a file of the input, at a line that it has.
inline void check_place(const Deployment& deployment, const ConfigurationInput& input, SourceSpan span) {
  if (!span.known()) return;
  CHECK(static_cast<size_t>(span.file) < deployment.files.size());
  const auto text = input.texts.find(std::string(deployment.files.path(span.file)));
  CHECK(text != input.texts.end());
  const auto lines = static_cast<size_t>(std::count(text->second.begin(), text->second.end(), '\n')) + 1;
  CHECK(span.line <= lines + 1);
}

inline void check_places(const Deployment& deployment, const ConfigurationInput& input) {
  const auto check = [&](SourceSpan span) { check_place(deployment, input, span); };
  for (const ReadProblem& problem : deployment.problems) {
    check(problem.span);
    CHECK(!problem.message.empty());
  }
  for (const Listener& listener : deployment.listeners) {
    check(listener.span);
    for (const VirtualHostId id : listener.virtual_hosts) CHECK(static_cast<size_t>(id) < deployment.virtual_hosts.size());
  }
  for (const VirtualHost& host : deployment.virtual_hosts) {
    check(host.span);
    for (const NamedPattern& name : host.names) check(name.span);
    for (const CertificateUse& use : host.tls.certificates) check(use.span);
    for (const BackEdge& edge : host.back_edges) check(edge.span);
  }
}

/// Every listener answers, whatever the SNI and the Host; the answer is consistent, and is the same however the
/// letters of Host are written.
inline void check_answers(const Server& server, const Deployment& deployment) {
  const std::unique_ptr<Behaviour> behaviour = server.behaviour(deployment);
  std::vector<std::string> names = {"", "a.test", "x.b.test", "a.test.", "[::1]:8", "a..b", "*", "127.0.0.1:443", "\xFF", "a.test:443"};
  for (const VirtualHost& host : deployment.virtual_hosts)
    for (const NamedPattern& name : host.names)
      if (names.size() < 20) names.push_back(name.pattern.text);
  for (size_t i = 0; i < std::min<size_t>(deployment.listeners.size(), 6); ++i) {
    const auto id = static_cast<ListenerId>(i);
    for (size_t s = 0; s <= names.size(); ++s) {
      ConnectionFacts connection;
      if (s < names.size()) connection.sni = RawHost(names[s]);
      connection.alpn = s % 2 == 0 ? AlpnOffer::h2 : AlpnOffer::h1;
      connection.scheme = s % 5 == 4 ? Scheme::http : Scheme::https;
      if (s % 3 == 0) connection.client_certificate = ClientCertificate{"00"};
      for (const std::string& name : names) {
        const auto ask = [&](std::string spelled) {
          RequestFacts request;
          if (s % 2 == 0) request.pseudo_authority = RawHost(spelled);
          else request.host_fields = {RawHost(spelled)};
          return behave(*behaviour, id, connection, request);
        };
        const Expected expected = ask(name);
        if (expected.handshake.outcome == HandshakeOutcome::rejected) {
          CHECK(expected.handshake.certificate == nullptr);
          CHECK(expected.answer.outcome == AnswerOutcome::reject);
          continue;
        }
        const ExpectedAnswer& answer = expected.answer;
        CHECK(answer.status == 0 || (answer.status >= 100 && answer.status <= 999));
        if (answer.outcome == AnswerOutcome::serve) CHECK(answer.status < 400);
        if (answer.virtual_host != VirtualHostId::none)
          CHECK(static_cast<size_t>(answer.virtual_host) < deployment.virtual_hosts.size());
        std::string upper = name;
        std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
        const ExpectedAnswer loud = ask(upper).answer;
        CHECK(loud.outcome == answer.outcome && loud.status == answer.status && loud.virtual_host == answer.virtual_host);
      }
    }
  }
}

inline void check_reader(const Server& server, const ConfigurationInput& input, Version version) {
  const Result<Deployment> deployment = read_input(server, input, version);
  if (!deployment) return;
  check_places(*deployment, input);
  const Result<Deployment> again = read_input(server, input, version);
  CHECK(again.has_value());
  CHECK(dump(*deployment) == dump(*again));
  check_answers(server, *deployment);
}

}  // namespace astray::fuzz
