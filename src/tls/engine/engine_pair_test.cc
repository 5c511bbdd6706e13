#include "tls/engine/engine_pair_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tls/x509.h"

namespace astray::tls {
namespace {

std::string quoted(const std::optional<std::string_view>& text) {
  return text ? fmt::format("\"{}\"", *text) : "none";
}

std::string chain_text(std::span<const std::string_view> chain) {
  if (chain.empty()) return "none";
  auto leaf = decode_certificate(chain.front());
  if (!leaf) return "undecodable";
  return fmt::format("{} of {}", leaf->subject, chain.size());
}

std::string_view kind_text(HandshakeDone::Kind kind) {
  return kind == HandshakeDone::Kind::full ? "full" : "resumed";
}

struct Describe {
  std::string operator()(const Alert& alert) const {
    return fmt::format("alert {} {} {}", alert.direction == Direction::received ? "received" : "sent",
                       alert.level == AlertLevel::fatal ? "fatal" : "warning", alert.name());
  }
  std::string operator()(const HandshakeDone& done) const {
    std::string line = fmt::format("done {} {} alpn={} chain={}", to_string(done.version),
                                   kind_text(done.kind), quoted(done.alpn), chain_text(done.peer_chain));
    if (done.certificate_request != nullptr) {
      const CertificateRequest& request = *done.certificate_request;
      line += fmt::format(" asked({}) {}", request.authorities.empty() ? "" : request.authorities.front(),
                          request.answer == CertificateRequest::Answer::sent ? "sent" : "not sent");
    }
    if (done.server_name == HandshakeDone::ServerNameAnswer::acknowledged) line += " acknowledged";
    return line;
  }
  std::string operator()(const ClientAccepted& done) const {
    return fmt::format("accepted {} {} alpn={} sni={} host={} chain={}", to_string(done.version),
                       kind_text(done.kind), quoted(done.alpn), quoted(done.server_name), done.virtual_host,
                       chain_text(done.peer_chain));
  }
  std::string operator()(const Plaintext& plaintext) const {
    return fmt::format("plaintext {}", plaintext.bytes);
  }
  std::string operator()(const NewSession& made) const {
    return fmt::format("session {} of {}", to_string(made.session.version()),
                       quoted(made.session.server_name()));
  }
  std::string operator()(const PeerClosed& closed) const {
    return closed.how == PeerClosed::How::clean ? "closed clean" : "closed truncated";
  }
  std::string operator()(const Failure& failed) const {
    std::string line = fmt::format("failure {} ({})", to_string(failed.kind), failed.sentence);
    if (failed.kind == FailureKind::not_tls) line += fmt::format(" \"{}\"", failed.first_bytes);
    return line;
  }
};

template <typename AnyEngine>
void drain_any(AnyEngine& engine, Told& told) {
  while (auto event = engine.next_event()) {
    using Event = std::decay_t<decltype(*event)>;
    if (auto* plaintext = std::get_if<Plaintext>(&*event)) told.plaintext += plaintext->bytes;
    if constexpr (std::is_same_v<Event, ClientEvent>) {
      if (auto* made = std::get_if<NewSession>(&*event)) told.sessions.push_back(made->session);
    }
    told.add(describe(*event));
  }
}

}  // namespace

const std::vector<Chopping>& choppings() {
  static const std::vector<Chopping> all = {{1 << 20, 1 << 16}, {1, 1 << 16}, {1 << 20, 1}, {1, 1}, {7, 100}};
  return all;
}

std::string to_string(const Chopping& chopping) {
  return fmt::format("received by {}, written by {}", chopping.receive, chopping.write);
}

std::string describe(const ClientEvent& event) {
  return std::visit(Describe{}, event);
}

std::string describe(const ServerEvent& event) {
  return std::visit(Describe{}, event);
}

std::string Told::text() const {
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

void Told::add(std::string line) {
  constexpr std::string_view plaintext_word = "plaintext ";
  if (line.starts_with(plaintext_word) && !lines.empty() && lines.back().starts_with(plaintext_word)) {
    lines.back() += line.substr(plaintext_word.size());
  } else {
    lines.push_back(std::move(line));
  }
}

void drain(Client& client, Told& told) {
  drain_any(client, told);
}

void drain(Server& server, Told& told) {
  drain_any(server, told);
}

void talk(Client& client, Server& server, Both& both, Chopping chopping) {
  for (int round = 0; round < 50; ++round) {
    std::string to_server = output_of(client, chopping.write);
    feed(server, to_server, chopping.receive, both.server);
    std::string to_client = output_of(server, chopping.write);
    feed(client, to_client, chopping.receive, both.client);
    if (to_server.empty() && to_client.empty()) {
      drain(client, both.client);
      drain(server, both.server);
      return;
    }
  }
  ADD_FAILURE() << "client and server never come to an end";
}

std::shared_ptr<const ClientContext> client_context(ClientOptions options) {
  auto context = ClientContext::create(std::move(options));
  if (!context) {
    ADD_FAILURE() << context.error().message;
    std::abort();
  }
  return *context;
}

std::shared_ptr<const ServerContext> server_context(ServerOptions options) {
  auto context = ServerContext::create(std::move(options));
  if (!context) {
    ADD_FAILURE() << context.error().message;
    std::abort();
  }
  return *context;
}

Client make_client(std::shared_ptr<const ClientContext> context, ClientParameters parameters) {
  return Client::create(std::move(context), std::move(parameters)).value();
}

AlpnList alpn(const std::vector<std::string>& names) {
  return AlpnList::of(names).value();
}

const test::TestCertificate& test_authority() {
  static const test::TestCertificate authority =
      test::CertificateBuilder().common_name("Test CA").authority().build();
  return authority;
}

Identity identity_for(const std::vector<std::string>& names) {
  test::TestCertificate site =
      test::CertificateBuilder().common_name(names.front()).names(names).issued_by(test_authority()).build();
  return Identity::parse(site.pem() + test_authority().pem(), site.key_pem(), names.front()).value();
}

ServerHost host_for(const std::vector<std::string>& names) {
  return {identity_for(names), {}, ClientAuthentication::off, {}, Version::tls1_0, Version::tls1_3, {}};
}

ServerOptions one_host(ServerHost host) {
  ServerOptions options;
  options.hosts.push_back(std::move(host));
  options.leniency = Leniency::lenient;
  return options;
}

}  // namespace astray::tls
