#include "servers/caddy/caddyfile_tls.h"

#include <fmt/format.h>

#include "servers/model/file_source.h"

namespace astray::caddy {

bool SiteTls::is_empty() const {
  return policy.tags.empty() && !policy.has_unknowable_selection && policy.alpn.empty() && !policy.minimum &&
         !policy.maximum && policy.ciphers.empty() && !policy.clients && policy.default_sni.empty() &&
         policy.fallback_sni.empty();
}

void TlsDirectives::complain(SourceSpan span, std::string message) {
  deployment_.problems.push_back({ReadProblem::Severity::error, span, std::move(message)});
}

void TlsDirectives::take_certificate(const Directive& directive, SiteTls& tls) {
  const Token& file = directive.arguments[0];
  auto [tag, is_new] = tags_.try_emplace(file.text, fmt::format("cert{}", tags_.size()));
  if (is_new)
    configuration_.certificates.push_back({{resolve_path(folder_, file.text), file.span},
                                           resolve_path(folder_, directive.arguments[1].text),
                                           {tag->second}});
  tls.policy.tags.push_back(tag->second);
}

void TlsDirectives::take_clients(const Directive& block, ConnectionPolicy& policy) {
  ClientAuthenticationSettings& clients = policy.clients.emplace();
  clients.span = block.name.span;
  for (const Directive& each : block.block) {
    const std::string& name = each.name.text;
    if (name == "mode" && !each.arguments.empty()) {
      clients.mode = each.arguments.front().text;
      clients.span = each.name.span;
    } else if (name == "trusted_ca_cert_file") {
      for (const Token& file : each.arguments)
        clients.authority_files.push_back({resolve_path(folder_, file.text), file.span});
    } else if (name == "trust_pool" && !each.arguments.empty() && each.arguments.front().text == "file") {
      for (size_t i = 1; i < each.arguments.size(); ++i)
        clients.authority_files.push_back({resolve_path(folder_, each.arguments[i].text), each.arguments[i].span});
      for (const Directive& line : each.block)
        for (const Token& file : line.arguments)
          if (line.name.text == "pem_file") clients.authority_files.push_back({resolve_path(folder_, file.text), file.span});
    } else {
      // Certificates in the text, leaves, verifiers.
      clients.has_other_trust = true;
    }
  }
}

SiteTls TlsDirectives::read(const Directive& directive) {
  SiteTls tls;
  tls.policy.span = directive.name.span;
  if (directive.arguments.size() == 2) take_certificate(directive, tls);
  if (directive.arguments.size() > 2)
    complain(directive.arguments[2].span, "tls: expected a certificate and its key, internal, or an e-mail address");
  for (const Directive& each : directive.block) {
    const std::string& name = each.name.text;
    const std::vector<Token>& arguments = each.arguments;
    if (name == "protocols") {
      for (size_t i = 0; i < arguments.size() && i < 2; ++i) {
        const Word word{arguments[i].text, arguments[i].span};
        if (word.text != "tls1.2" && word.text != "tls1.3" && !has_placeholder(word.text))
          complain(word.span, fmt::format("tls protocols: '{}' is not one; expected tls1.2 or tls1.3", word.text));
        (i == 0 ? tls.policy.minimum : tls.policy.maximum) = word;
      }
    } else if (name == "alpn") {
      for (const Token& each_protocol : arguments) tls.policy.alpn.push_back({each_protocol.text, each_protocol.span});
    } else if (name == "ciphers") {
      for (const Token& cipher : arguments) tls.policy.ciphers.push_back(cipher.text);
    } else if (name == "client_auth") {
      take_clients(each, tls.policy);
    } else if (name == "on_demand") {
      tls.on_demand = true;
    } else if (name == "load" || name == "get_certificate") {
      configuration_.unread_loaders.push_back({name, each.name.span});
    }
  }
  return tls;
}

}  // namespace astray::caddy
