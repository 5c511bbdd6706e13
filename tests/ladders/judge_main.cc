// Asks judge_reuse and judge_retry for the tests of real clients: a question a line on standard input, an
// answer a line on standard output, in words.
//
//   ladder PROFILE
//     -> the ids of its rungs
//   reuse profile=ID connection=ORIGIN protocol=h2 request=ORIGIN [fact=value]…
//     -> reuse|open-new|could-not-tell REASON RUNG|-
//   retry profile=ID carried-by=own-connection|coalesced-connection protocol=h1|h2|h3
//   body=none|replayable|streaming
//     earlier=N
//     -> ANSWER REASON MEMORY,…|-
//
// A fact that is not given keeps its default in reuse_facts.h. without=RUNG leaves that rung out of the
// ladder: what the tests then still accept, they did not test.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "verdict/judge_retry.h"
#include "verdict/judge_reuse.h"

namespace astray {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  std::cerr << "judge_ladder: " << what << "\n";
  std::exit(2);
}

/// The facts of one line. Every one has to be asked for: a misspelt one must not pass for a default.
class Facts {
 public:
  explicit Facts(std::istream& words) {
    std::string word;
    while (words >> word) {
      size_t equals = word.find('=');
      if (equals == std::string::npos) refuse("not a fact: " + word);
      given_[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }

  std::optional<std::string> take(const std::string& name) {
    auto found = given_.find(name);
    if (found == given_.end()) return std::nullopt;
    std::string value = found->second;
    given_.erase(found);
    return value;
  }
  std::string take_required(const std::string& name) {
    auto value = take(name);
    if (!value) refuse("the fact is missing: " + name);
    return *value;
  }
  /// Whether the fact has `unusual` for its value; its only other value is `usual`.
  bool is(const std::string& name, const std::string& unusual, const std::string& usual) {
    std::string value = take(name).value_or(usual);
    if (value != unusual && value != usual)
      refuse(name + " is " + unusual + " or " + usual + ", not " + value);
    return value == unusual;
  }
  void end() const {
    if (!given_.empty()) refuse("no such fact: " + given_.begin()->first);
  }

 private:
  std::map<std::string, std::string> given_;
};

template <typename Parse>
auto parse(const std::string& text, Parse parser) {
  auto parsed = parser(text);
  if (!parsed) refuse("cannot be read: " + text);
  return *parsed;
}

/// "x,y" as values; "" is an empty list.
template <typename Parse>
auto parse_list(const std::string& text, Parse parser) {
  std::vector<std::decay_t<decltype(*parser(text))>> values;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) values.push_back(parse(part, parser));
  return values;
}

const auto read_origin = [](std::string_view text) { return Origin::parse(text); };
const auto read_address = [](std::string_view text) { return IpAddress::parse(text); };
const auto read_name = [](std::string_view text) { return CertificateName::parse_dns(text); };

template <typename Value, size_t N>
Value choose(const std::string& text, const Value (&values)[N]) {
  for (Value value : values) {
    if (to_string(value) == text) return value;
  }
  refuse("unknown value: " + text);
}

/// A profile whose ladder may lack a rung.
struct Judged {
  ClientProfile profile;
  std::vector<Rung> ladder;
};

const ClientProfile& find(const std::string& id) {
  const ClientProfile* profile = find_client_profile(id);
  if (profile == nullptr) refuse("no such profile: " + id);
  return *profile;
}

Judged take_profile(Facts& facts) {
  Judged judged{.profile = find(facts.take_required("profile")), .ladder = {}};
  auto without = facts.take("without");
  bool left_out = false;
  for (const Rung& rung : judged.profile.ladder) {
    if (without && rung.id == *without)
      left_out = true;
    else
      judged.ladder.push_back(rung);
  }
  if (without && !left_out) refuse("no such rung: " + *without);
  judged.profile.ladder = judged.ladder;
  return judged;
}

void answer_reuse(Facts& facts) {
  Judged judged = take_profile(facts);
  auto connection_origin = parse(facts.take_required("connection"), read_origin);
  auto request_origin = parse(facts.take_required("request"), read_origin);
  PooledConnection connection{.origin = connection_origin};
  NewRequest request{.origin = request_origin};
  connection.protocol = choose(facts.take_required("protocol"), {Protocol::h1, Protocol::h2, Protocol::h3});

  auto names = parse_list(facts.take("certificate").value_or(""), read_name);
  connection.certificate_names = names;
  auto aliases = parse_list(facts.take("aliases").value_or(""), read_origin);
  connection.aliases = aliases;
  auto misdirected = parse_list(facts.take("misdirected").value_or(""), read_origin);
  connection.misdirected = misdirected;
  std::vector<IpAddress> connection_dns, request_dns;
  std::vector<Origin> origin_set;
  if (auto text = facts.take("peer")) connection.peer = parse(*text, read_address);
  if (auto text = facts.take("connection-dns")) {
    connection_dns = parse_list(*text, read_address);
    connection.origin_dns = connection_dns;
  }
  if (auto text = facts.take("origin-set")) {
    origin_set = parse_list(*text, read_origin);
    connection.origin_set = origin_set;
  }
  if (auto text = facts.take("request-dns")) {
    request_dns = parse_list(*text, read_address);
    request.dns = request_dns;
  }
  if (facts.is("trust", "overridden", "accepted")) connection.trust = CertificateTrust::overridden;
  if (facts.is("client-certificate", "sent", "not-sent"))
    connection.client_certificate = ClientCertificateUse::sent;
  if (facts.is("liveness", "draining", "open")) connection.liveness = Liveness::draining;
  if (facts.is("mark", "marked", "none")) connection.mark = CoalescingMark::marked;
  if (facts.is("extended-connect", "on", "off")) connection.extended_connect = ExtendedConnect::on;
  if (facts.is("use", "busy", "idle")) connection.streams_left = 0;
  if (facts.is("partition", "other", "same")) request.partition = Partition::other;
  if (facts.is("kind", "websocket", "plain")) request.kind = RequestKind::websocket;
  if (facts.is("service-record", "forbids-protocol", "none"))
    request.service_record = ServiceRecord::forbids_protocol;
  if (facts.is("attempt", "after-421", "first")) request.attempt = Attempt::after_421;
  facts.end();

  ReuseVerdict verdict = judge_reuse(judged.profile, connection, request);
  std::cout << to_string(verdict.answer) << ' ' << to_string(verdict.reason) << ' '
            << (verdict.rung == nullptr ? "-" : verdict.rung->id) << std::endl;
}

std::string text(const RetryMemory& memory) {
  std::string words;
  auto add = [&](bool remembered, std::string_view word) {
    if (remembered) words.append(words.empty() ? "" : ",").append(word);
  };
  add(memory.evicts_alias, "evicts-alias");
  add(memory.marks_connection, "marks-connection");
  add(memory.drops_alternative, "drops-alternative");
  add(memory.blocks_alternative, "blocks-alternative");
  add(memory.removes_from_origin_set, "removes-from-origin-set");
  add(memory.closes_connection, "closes-connection");
  add(memory.refreshes_dns, "refreshes-dns");
  return words.empty() ? "-" : words;
}

void answer_retry(Facts& facts) {
  Judged judged = take_profile(facts);
  MisdirectedAnswer answer;
  answer.carried_by =
      choose(facts.take_required("carried-by"),
             {CarriedBy::own_connection, CarriedBy::coalesced_connection, CarriedBy::alternative});
  answer.protocol = choose(facts.take_required("protocol"), {Protocol::h1, Protocol::h2, Protocol::h3});
  std::string body = facts.take_required("body");
  if (body != "none" && body != "replayable" && body != "streaming") refuse("no such body: " + body);
  answer.body = body == "none"         ? RequestBody::none
                : body == "replayable" ? RequestBody::replayable
                                       : RequestBody::streaming;
  answer.earlier_retries = static_cast<uint8_t>(std::stoul(facts.take_required("earlier")));
  facts.end();

  RetryVerdict verdict = judge_retry(judged.profile, answer);
  std::cout << to_string(verdict.answer) << ' ' << to_string(verdict.reason) << ' ' << text(verdict.memory)
            << std::endl;
}

void answer_ladder(std::istream& words) {
  std::string id;
  words >> id;
  for (const Rung& rung : find(id).ladder) std::cout << rung.id << ' ';
  std::cout << std::endl;
}

}  // namespace
}  // namespace astray

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string question;
    words >> question;
    if (question == "ladder") {
      astray::answer_ladder(words);
      continue;
    }
    astray::Facts facts(words);
    if (question == "reuse")
      astray::answer_reuse(facts);
    else if (question == "retry")
      astray::answer_retry(facts);
    else
      astray::refuse("no such question: " + question);
  }
}
