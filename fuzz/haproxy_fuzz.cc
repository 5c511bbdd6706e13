// A configuration of HAProxy, with the lists and maps that it names behind lines "=== PATH"; the first byte picks the
// version. Whatever it is: reading ends and gives the same twice; every place lies in a file; words that are quoted and
// cut again are the same words; a handshake does not depend on how the SNI is spelled; every listener answers hostile names.
#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "base/check.h"
#include "servers/haproxy/haproxy.h"
#include "servers/haproxy/words.h"
#include "servers/model/behaviour.h"
#include "servers/model/dump.h"
#include "tls/fake_certificate_source.h"

using namespace astray;

namespace {

constexpr Version versions[] = {{2, 6, 12}, {2, 8, 0}, {3, 0, 0}, {3, 2, 0}, {3, 4, 0}};
constexpr std::string_view main_file = "/etc/haproxy/haproxy.cfg";

std::map<std::string, std::string> split(std::string_view input) {
  std::map<std::string, std::string> texts;
  std::string path(main_file);
  size_t start = 0;
  for (size_t at = input.find("\n=== "); at != std::string_view::npos; at = input.find("\n=== ", start)) {
    const size_t end = std::min(input.find('\n', at + 1), input.size());
    texts.emplace(path, input.substr(start, at + 1 - start));
    path = resolve_path("/etc/haproxy", input.substr(at + 5, end - at - 5));
    start = std::min(end + 1, input.size());
  }
  texts.emplace(path, input.substr(start));
  return texts;
}

void check_place(SourceSpan span, const Deployment& deployment, const std::map<std::string, std::string>& texts) {
  if (!span.known()) return;
  CHECK(static_cast<size_t>(span.file) < deployment.files.size());
  const auto found = texts.find(std::string(deployment.files.path(span.file)));
  CHECK(found != texts.end());
  CHECK(span.line <= static_cast<size_t>(std::count(found->second.begin(), found->second.end(), '\n')) + 1);
}

void check_places(const Deployment& deployment, const std::map<std::string, std::string>& texts) {
  for (const ReadProblem& problem : deployment.problems) check_place(problem.span, deployment, texts);
  for (const Listener& listener : deployment.listeners) {
    check_place(listener.span, deployment, texts);
    CHECK(listener.kind == Listener::Kind::passthrough || !listener.virtual_hosts.empty());
    for (const PassthroughRoute& route : listener.routes) check_place(route.span, deployment, texts);
  }
  for (const VirtualHost& host : deployment.virtual_hosts) {
    check_place(host.span, deployment, texts);
    for (const NamedPattern& name : host.names) check_place(name.span, deployment, texts);
    for (const BackEdge& edge : host.back_edges) check_place(edge.span, deployment, texts);
    for (const CertificateUse& use : host.tls.certificates) check_place(use.span, deployment, texts);
  }
}

/// Everything but the quotes that end strong quoting can stand in them.
void check_words(std::string_view line) {
  const haproxy::Environment nothing;
  const haproxy::CutLine once = haproxy::cut_line(line.substr(0, line.find('\n')), nothing);
  std::string quoted;
  for (const haproxy::Word& word : once.words) {
    if (!word.known() || !once.problem.empty()) return;
    std::string text = word.text;
    for (size_t at = text.find('\''); at != std::string::npos; at = text.find('\'', at + 4))
      text.replace(at, 1, "'\\''");
    quoted += "'" + text + "' ";
  }
  const haproxy::CutLine again = haproxy::cut_line(quoted, nothing);
  CHECK(again.problem.empty());
  CHECK(again.words.size() == once.words.size());
  for (size_t i = 0; i < once.words.size(); ++i) CHECK(again.words[i].text == once.words[i].text);
}

RequestFacts request(std::string_view host, bool is_h1) {
  RequestFacts facts;
  if (is_h1)
    facts.host_fields.emplace_back(std::string(host));
  else
    facts.pseudo_authority = RawHost(std::string(host));
  return facts;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

void check_answers(const Deployment& deployment) {
  const std::unique_ptr<Behaviour> behaviour = haproxy_server.behaviour(deployment);
  const std::string hostile[] = {"",     ".",   "a.test", "x.a.test:443", "[::1]:1", std::string("a\0b", 3), std::string(300, 'a'),
                                 "a..b", "a,b", "]:"};
  const size_t listeners = std::min<size_t>(deployment.listeners.size(), 4);
  for (size_t i = 0; i < listeners; ++i) {
    const auto listener = static_cast<ListenerId>(i);
    for (const std::string& sni : hostile) {
      ConnectionFacts connection;
      connection.scheme = deployment.listeners[i].tls.value ? Scheme::https : Scheme::http;
      connection.sni = RawHost(sni);
      connection.alpn = AlpnOffer::h2;
      const ExpectedHandshake shaken = behaviour->handshake(listener, connection);
      connection.sni = RawHost(upper(sni));
      CHECK(behaviour->handshake(listener, connection).certificate == shaken.certificate);
      if (shaken.outcome == HandshakeOutcome::rejected) continue;
      for (const std::string& host : hostile) {
        const ExpectedAnswer answer =
            behaviour->answer(listener, connection, shaken, request(host, shaken.protocol == Protocol::h1));
        CHECK(answer.virtual_host == VirtualHostId::none ||
              static_cast<size_t>(answer.virtual_host) < deployment.virtual_hosts.size());
        behaviour->find_virtual_host(listener, host);
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 64 << 10) return 0;
  const Version version = versions[data[0] % std::size(versions)];
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::map<std::string, std::string> texts = split(input);
  MemoryFiles files;
  for (const auto& [path, text] : texts) files.add(path, text);
  FakeCertificateSource certificates;
  certificates.declare("/etc/haproxy/a.pem", {"a.test", "*.a.test"});
  certificates.declare_authorities("/etc/haproxy/ca.pem", {"CN=CA"});
  const ReadOptions options{version, VersionBasis::given, "", {}, files, certificates};
  haproxy_server.recognise(files, main_file);
  const Result<Deployment> deployment = haproxy_server.read(main_file, options);
  if (deployment) {
    check_places(*deployment, texts);
    const Result<Deployment> again = haproxy_server.read(main_file, options);
    CHECK(again && dump(*again) == dump(*deployment));
    check_answers(*deployment);
  } else {
    CHECK(!deployment.error().message.empty());
  }
  check_words(input);
  return 0;
}
