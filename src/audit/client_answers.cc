#include "audit/client_answers.h"

#include <fmt/format.h>

#include <algorithm>

#include "verdict/judge_retry.h"
#include "verdict/judge_reuse.h"
#include "verdict/misdirected_status.h"

namespace astray {
namespace {


/// The addresses of a name as far as the DNS view knows them.
std::optional<std::vector<IpAddress>> addresses_of(const Topology& topology, const Host& host) {
  if (!host.name() || topology.dns().empty()) return std::nullopt;
  auto addresses = topology.dns().addresses(*host.name());
  if (addresses.empty()) return std::nullopt;
  return addresses;
}

class Ride {
 public:
  Ride(const Topology& topology, const RideQuestion& question, Host carrier, Host rider)
      : question_(question),
        deployment_(topology.deployment(question.site)),
        carrier_addresses_(addresses_of(topology, carrier)),
        rider_addresses_(addresses_of(topology, rider)),
        port_(question.front_port.value_or(deployment_.listener(question.listener).named_port())),
        connection_{.origin = {Scheme::https, std::move(carrier), port_}},
        request_{.origin = {Scheme::https, std::move(rider), port_}, .dns = {}} {
    const ExpectedHandshake& handshake = question.comparison.connection;
    connection_.protocol = handshake.protocol;
    connection_.peer = question.address;
    if (carrier_addresses_) connection_.origin_dns = *carrier_addresses_;
    if (handshake.certificate && handshake.certificate->certificate)
      connection_.certificate_names = handshake.certificate->certificate->names.in_file_order();
    if (question.certificate && asks_for_certificate(handshake))
      connection_.client_certificate = ClientCertificateUse::sent;
    if (rider_addresses_) request_.dns = *rider_addresses_;
  }

  RideAnswers ask(std::span<const ClientProfile* const> clients) {
    RideAnswers result;
    for (const ClientProfile* profile : clients) result.answers.push_back(ask(*profile, result));
    return result;
  }

 private:
  bool asks_for_certificate(const ExpectedHandshake& handshake) const {
    if (handshake.virtual_host == VirtualHostId::none) return false;
    return deployment_.virtual_host(handshake.virtual_host).tls.client_authentication.value !=
           ClientAuthentication::off;
  }

  PredictedAnswer ask(const ClientProfile& profile, RideAnswers& result) {
    PredictedAnswer answer;
    answer.client = profile.id;
    ReuseVerdict reuse = judge_reuse(profile, connection_, request_, UnknownAddresses::assume_same_address);
    if (reuse.answer == ReuseAnswer::open_new) {
      answer.reason = reuse.reason;
      answer.status = status_of(question_.comparison.fresh);
      answer.expected =
          fmt::format("opens a connection of its own ({}) and {}", to_string(reuse.reason), fresh_answer());
      return answer;
    }
    if (reuse.basis == AddressBasis::assumed) result.addresses_assumed = true;
    bool certain = reuse.answer == ReuseAnswer::reuse;
    RideOutcome outcome = ride(profile, certain ? "coalesces" : "may coalesce", answer);
    if (!certain)
      outcome = outcome >= RideOutcome::may_be_refused ? RideOutcome::may_be_refused : RideOutcome::may_ride;
    result.worst = std::max(result.worst, outcome);
    return answer;
  }

  /// The request is on the carrier's connection.
  RideOutcome ride(const ClientProfile& profile, std::string_view does, PredictedAnswer& answer) const {
    const ExpectedAnswer& coalesced = question_.comparison.coalesced;
    answer.reason = coalesced.reason;
    answer.status = coalesced.status;
    if (coalesced.outcome != AnswerOutcome::reject) {
      answer.expected = fmt::format("{} and is answered by {}", does, label(coalesced.virtual_host));
      return RideOutcome::rides;
    }
    if (coalesced.status != misdirected_status) {
      answer.expected = fmt::format("{} and gets {}", does, coalesced.status);
      return RideOutcome::is_refused;
    }
    switch (judge_retry(profile, {}).answer) {
      case RetryAnswer::retry_on_fresh_connection:
        answer.expected =
            fmt::format("{}, gets 421, retries on a fresh connection and {}", does, fresh_answer());
        answer.status = status_of(question_.comparison.fresh);
        return fresh_is_served() ? RideOutcome::retries : RideOutcome::is_refused;
      case RetryAnswer::could_not_tell:
        answer.expected = fmt::format("{}, gets 421 and may show it: some versions retry, some do not", does);
        return RideOutcome::may_be_refused;
      case RetryAnswer::retry_on_same_connection:
      case RetryAnswer::return_to_caller:
        answer.expected = fmt::format("{}, gets 421 and shows it", does);
        return RideOutcome::is_refused;
    }
    return RideOutcome::may_ride;
  }

  bool fresh_is_served() const { return question_.comparison.fresh.answer.outcome == AnswerOutcome::serve; }

  static int status_of(const Expected& expected) {
    return expected.answer.outcome == AnswerOutcome::reject ? expected.answer.status : 0;
  }

  std::string fresh_answer() const {
    const Expected& fresh = question_.comparison.fresh;
    if (fresh.handshake.outcome == HandshakeOutcome::rejected)
      return fmt::format("its handshake is refused ({})",
                         fresh.handshake.alert.empty() ? "fatal alert" : fresh.handshake.alert);
    switch (fresh.answer.outcome) {
      case AnswerOutcome::serve:
        return "is served";
      case AnswerOutcome::reject:
        return fmt::format("gets {}", fresh.answer.status);
      case AnswerOutcome::unknowable:
        return "gets what cannot be known";
    }
    return "";
  }

  std::string label(VirtualHostId id) const {
    return id == VirtualHostId::none ? "nobody" : deployment_.virtual_host(id).label();
  }

  const RideQuestion& question_;
  const Deployment& deployment_;
  std::optional<std::vector<IpAddress>> carrier_addresses_, rider_addresses_;
  Port port_;
  PooledConnection connection_;
  NewRequest request_;
};

RideAnswers ask(const Topology& topology, const RideQuestion& question,
                std::span<const ClientProfile* const> clients) {
  auto carrier = Host::parse(question.carrier);
  auto rider = Host::parse(question.rider);
  if (!carrier || !rider) return {};
  return Ride(topology, question, std::move(*carrier), std::move(*rider)).ask(clients);
}

}  // namespace

std::vector<const ClientProfile*> default_audit_clients() {
  std::vector<const ClientProfile*> clients;
  for (std::string_view id : {"chromium-h2", "firefox-h2", "safari", "okhttp", "curl"})
    if (const ClientProfile* profile = find_client_profile(id)) clients.push_back(profile);
  return clients;
}

RideAnswers ride_answers(const Topology& topology, const RideQuestion& question) {
  return ask(topology, question, topology.clients());
}

RideAnswers ride_answers(const Topology& topology, const RideQuestion& question,
                         const ClientProfile& client) {
  const ClientProfile* one[] = {&client};
  return ask(topology, question, one);
}

}  // namespace astray
