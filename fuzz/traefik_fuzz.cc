// Traefik's configuration in YAML or TOML (by the first byte), and a rule alone. Reading ends, and gives the same twice;
// every place lies in the file; a rule fits the same requests as its negation twice over, and not those of its negation;
// every listener answers hostile names, and letter case does not matter.
#include <algorithm>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "base/check.h"
#include "servers/model/behaviour.h"
#include "servers/model/dump.h"
#include "servers/traefik/rule_match.h"
#include "servers/traefik/traefik.h"
#include "tls/fake_certificate_source.h"

using namespace astray;

namespace {

constexpr std::string_view hostile[] = {"", "a.test", "B.A.TEST", "a.test:443", "a.test.", "[::1]:443", "*", ".", "x..y", "*.a.test"};

void check_rule(const std::string& text) {
  for (const traefik::Layer layer : {traefik::Layer::http, traefik::Layer::tcp}) {
    const auto rule = traefik::parse_rule(text, layer);
    if (!rule) {
      CHECK(!rule.error().empty());
      continue;
    }
    // Deeper by three than what is allowed may be refused.
    const auto opposite = traefik::parse_rule("!(" + text + ")", layer);
    const auto same = traefik::parse_rule("!!(" + text + ")", layer);
    for (const traefik::Syntax syntax : {traefik::Syntax::v2, traefik::Syntax::v3}) {
      if (!traefik::refusal(*rule, layer, syntax, Version{3, 7, 0}).empty()) continue;
      traefik::Expressions expressions;
      expressions.compile(*rule, syntax);
      for (const std::string_view name : hostile) {
        const traefik::Asked asked{ascii_lower(name), {"h2"}, "/", false};
        const auto told = traefik::fits(*rule, asked, {syntax, true}, expressions);
        if (same) CHECK(traefik::fits(*same, asked, {syntax, true}, expressions) == told);
        if (!opposite) continue;
        const auto other = traefik::fits(*opposite, asked, {syntax, true}, expressions);
        CHECK(other.has_value() == told.has_value());
        CHECK(!told || *other != *told);
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 32768) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (size < 512) check_rule(text);
  const std::string path = text.starts_with('[') || text.starts_with('#') ? "/traefik.toml" : "/traefik.yaml";
  MemoryFiles files;
  files.add(path, text);
  FakeCertificateSource certificates;
  certificates.declare("/a.pem", {"a.test", "*.a.test"});
  certificates.declare_authorities("/ca.pem", {"CN=CA"});
  traefik_server.recognise(files, path);
  const ReadOptions options{std::nullopt, VersionBasis::given, "", {}, files, certificates};
  const Result<Deployment> read = traefik_server.read(path, options);
  if (!read) return 0;
  CHECK(dump(*traefik_server.read(path, options)) == dump(*read));
  const auto lines = static_cast<uint32_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return c == '\n' || c == '\r' || static_cast<uint8_t>(c) >= 0x80;
  }));
  for (const ReadProblem& problem : read->problems) {
    CHECK(!problem.message.empty());
    CHECK(problem.span.line <= lines + 1);
  }
  const auto behaviour = traefik_server.behaviour(*read);
  for (size_t i = 0; i < read->listeners.size(); ++i) {
    for (const std::string_view sni : hostile) {
      ConnectionFacts connection;
      connection.sni = RawHost(std::string(sni));
      connection.alpn = AlpnOffer::h2;
      for (const std::string_view name : hostile) {
        RequestFacts request;
        request.pseudo_authority = RawHost(std::string(name));
        const Expected one = behave(*behaviour, static_cast<ListenerId>(i), connection, request);
        request.pseudo_authority = RawHost(ascii_lower(name));
        const Expected other = behave(*behaviour, static_cast<ListenerId>(i), connection, request);
        CHECK(one.handshake.outcome == other.handshake.outcome);
        // An expression of redirectRegex alone is asked of the name as it came.
        const bool differs = one.answer.outcome != other.answer.outcome || one.answer.status != other.answer.status;
        CHECK(!differs || ascii_lower(text).find("redirectregex") != std::string::npos);
      }
    }
  }
  return 0;
}
