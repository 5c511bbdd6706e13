#pragma once
// One connection to a node, from the address to the answers.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/instant.h"
#include "io/network.h"
#include "probe/conversation.h"
#include "tls/engine/client_context.h"
#include "tls/engine/identity.h"
#include "tls/engine/leaf_cache.h"
#include "tls/engine/trust.h"

namespace astray {

/// What every connection of a run shares. For one thread.
struct ContactSettings {
  Duration timeout = std::chrono::seconds(10);  ///< of one cell
  uint64_t body_limit = 64 * 1024;
  std::string user_agent = "astray";
  std::string owner_field;  ///< whose value says which virtual host answered, lower case; "" for none
  std::vector<tls::Identity> client_certificates;
  tls::Version min_version = tls::Version::tls1_0;
  tls::Version max_version = tls::Version::tls1_3;
  tls::TrustStore trust;
  Instant now;  ///< that certificates are judged for
};

/// Makes connections and remembers what they have in common: TLS settings, certificates seen, trust.
class Contacts {
 public:
  Contacts(Loop& loop, Network& network, ContactSettings settings)
      : loop_(loop), network_(network), settings_(std::move(settings)) {}

  const ContactSettings& settings() const { return settings_; }
  Loop& loop() { return loop_; }
  uint64_t opened() const { return opened_; }

 private:
  friend class Contact;
  using ContextKey = std::tuple<AlpnOffer, ClientCertificateIndex, tls::Sessions>;
  Result<std::shared_ptr<const tls::ClientContext>> context(const ContextKey& key);
  void judge_chain(const std::vector<std::string>& chain, const std::string& name, Observation& seen);

  Loop& loop_;
  Network& network_;
  ContactSettings settings_;
  uint64_t opened_ = 0;
  std::map<ContextKey, std::shared_ptr<const tls::ClientContext>> contexts_;
  tls::LeafCache leaves_;
  std::map<std::pair<Digest, std::string>, tls::TrustAnswer> trust_;
};

/// One connection. `question` says how it is opened; its requests are the caller's business.
class Contact {
 public:
  Contact(Contacts& contacts, const ConnectionQuestion& question, tls::Sessions sessions)
      : contacts_(contacts), question_(question), sessions_(sessions) {}
  Contact(const Contact&) = delete;
  Contact& operator=(const Contact&) = delete;

  /// Connects and shakes hands, within the time limit. False: `seen()` says why not.
  Task<bool> open(std::optional<tls::Session> session);
  /// One request, within the time limit. What the connection settled is in the observation too.
  Task<Observation> ask(RequestQuestion request);
  /// On a port of FTP or SMTP, instead of ask().
  Task<Observation> ask_line_protocol();
  /// Whether another request may be sent.
  bool reusable() const { return conversation_ && conversation_->open() && !broken_; }
  Task<void> close();

  /// Of the connection alone.
  const Observation& seen() const { return seen_; }
  /// The freshest that the server gave.
  std::optional<tls::Session> session() const;

 private:
  Task<bool> connect_and_shake_hands(std::optional<tls::Session> session);
  Task<bool> shake_hands(std::unique_ptr<Stream> stream, std::optional<tls::Session> session);
  void settle(const Secured& secured);
  Trouble timeout_of(Stage stage) const;

  Contacts& contacts_;
  const ConnectionQuestion& question_;
  tls::Sessions sessions_;
  ConversationSettings conversation_settings_;
  Observation seen_;
  MonotonicTime began_{};
  uint32_t requests_ = 0;
  bool broken_ = false;
  std::unique_ptr<Channel> channel_;
  std::unique_ptr<Conversation> conversation_;
};

}  // namespace astray
