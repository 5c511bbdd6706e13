#pragma once
// The real client over a network in memory, in virtual time.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client/client.h"
#include "io/fake/network.h"
#include "io/fake/resolver.h"
#include "io/fake/virtual_loop.h"
#include "simulation/origin.h"

namespace astray::simulation {

/// Keeps what comes.
class Kept final : public client::ResponseConsumer {
 public:
  void on_interim(const client::ResponseHead& seen) override { interim.push_back(seen.status); }
  void on_passed_over(const client::ResponseHead& seen) override { passed_over.push_back(seen.status); }
  void on_head(const client::ResponseHead& given, client::BodyFlow& given_flow) override;
  client::Demand on_body(std::string_view bytes) override;
  void on_trailers(const client::FieldList& fields) override { trailers = fields; }

  std::vector<int> interim, passed_over;
  client::ResponseHead head;
  int heads = 0;
  std::string body;
  client::FieldList trailers;
  client::BodyFlow* flow = nullptr;
  size_t pause_every = SIZE_MAX;  ///< bytes
};

/// Keeps every event as a line, without its time.
class Story final : public client::Telemetry {
 public:
  void on_event(const client::PoolEvent& event) override;
  /// Lines that have the word, joined by line ends.
  std::string with(std::string_view word) const;
  size_t count(client::PoolEventKind kind) const;
  std::string text() const;

 private:
  std::vector<std::pair<client::PoolEventKind, std::string>> lines_;
};

struct Fetched {
  client::FetchReport report;
  std::unique_ptr<Kept> kept;
  /// "200 on 1 coalesced: body", or "closed-early in response-head: …".
  std::string text() const;
};

class FetchWorld {
 public:
  explicit FetchWorld(uint64_t seed = 1);
  ~FetchWorld();

  fake::VirtualLoop& loop() { return loop_; }
  fake::Network& network() { return network_; }
  fake::Resolver& resolver() { return resolver_; }
  Story& story() { return story_; }
  /// To be changed before the first fetch.
  client::Settings& settings() { return settings_; }
  client::Client& client();

  /// Its certificates are trusted.
  Origin& add_origin(std::string_view where, OriginOptions options);
  void name(std::string_view host, std::vector<std::string_view> addresses);

  client::Request request(std::string_view url) const;
  Fetched fetch(client::Request request);
  Fetched fetch(std::string_view url) { return fetch(request(url)); }
  /// All at once, in the order given.
  std::vector<Fetched> fetch_all(std::vector<client::Request> requests);
  std::vector<Fetched> fetch_all(const std::vector<std::string_view>& urls);
  /// Runs until so much virtual time has passed.
  void wait(Duration duration);

  /// One fetch as a task; for cancellation.
  Task<void> fetch_into(client::Request request, Fetched& fetched);

 private:
  fake::VirtualLoop loop_;
  fake::Network network_;
  fake::Resolver resolver_;
  Story story_;
  client::Settings settings_;
  std::string trusted_;
  std::vector<std::unique_ptr<Origin>> origins_;
  std::unique_ptr<client::Client> client_;
};

}  // namespace astray::simulation
