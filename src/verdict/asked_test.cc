#include "verdict/asked.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "support/exact_buffer.h"

namespace astray::asked_test {
namespace {

using enum AuthorityField;

struct Texts {
  std::vector<std::string> host;
  std::optional<std::string> pseudo;
  std::optional<std::string> target;
  std::optional<Scheme> scheme;
};

RequestFacts facts(const Texts& texts) {
  RequestFacts request;
  request.scheme = texts.scheme;
  for (const std::string& host : texts.host) request.host_fields.emplace_back(host);
  if (texts.pseudo) request.pseudo_authority = RawHost(*texts.pseudo);
  if (texts.target) request.target_authority = RawHost(*texts.target);
  return request;
}

ConnectionFacts over(Protocol protocol, Scheme scheme = Scheme::https) {
  ConnectionFacts connection;
  connection.protocol = protocol;
  connection.scheme = scheme;
  return connection;
}

struct Good {
  Protocol protocol;
  Texts request;
  std::string origin;
  AuthorityField field;
};

class ReadsTheAskedOrigin : public testing::TestWithParam<Good> {};

TEST_P(ReadsTheAskedOrigin, From) {
  const Good& c = GetParam();
  RequestFacts request = facts(c.request);
  auto asked = read_asked(over(c.protocol), request);
  ASSERT_TRUE(asked) << describe(asked.error());
  EXPECT_EQ(asked->origin.text(), c.origin);
  EXPECT_EQ(asked->field, c.field);
}

INSTANTIATE_TEST_SUITE_P(
    ReadAsked, ReadsTheAskedOrigin,
    testing::Values(
        Good{Protocol::h1, {{"a.example"}, {}, {}, {}}, "https://a.example", host},
        Good{Protocol::h1, {{"A.Example.:443"}, {}, {}, {}}, "https://a.example", host},
        Good{Protocol::h1, {{"a.example:8443"}, {}, {}, {}}, "https://a.example:8443", host},
        Good{Protocol::h1, {{"a.example:"}, {}, {}, {}}, "https://a.example", host},
        Good{Protocol::h1, {{"[2001:DB8::1]:8443"}, {}, {}, {}}, "https://[2001:db8::1]:8443", host},
        Good{Protocol::h1,
             {{"b\xc3\xbc"
               "cher.example"},
              {},
              {},
              {}},
             "https://xn--bcher-kva.example",
             host},
        // The target of an absolute-form request is the one that counts (RFC 9112 §3.2.2).
        Good{Protocol::h1, {{"a.example"}, {}, "A.EXAMPLE:443", Scheme::https}, "https://a.example", target},
        Good{Protocol::h1, {{"a.example"}, {}, "a.example", Scheme::http}, "http://a.example", target},
        Good{Protocol::h2, {{}, "a.example", {}, Scheme::https}, "https://a.example", pseudo_authority},
        // RFC 9113 §8.3.1 compares after normalisation.
        Good{Protocol::h2,
             {{"A.example.:443"}, "a.example", {}, Scheme::https},
             "https://a.example",
             pseudo_authority},
        // A request without :authority, as an intermediary makes from HTTP/1.1 origin-form.
        Good{Protocol::h2, {{"a.example"}, {}, {}, Scheme::https}, "https://a.example", host},
        Good{Protocol::h3, {{}, "a.example:80", {}, Scheme::http}, "http://a.example", pseudo_authority}));

struct Bad {
  Protocol protocol;
  Texts request;
  Reason reason;
  AuthorityField field;
  std::optional<AuthorityError> malformed;
};

class Refuses : public testing::TestWithParam<Bad> {};

TEST_P(Refuses, With400) {
  const Bad& c = GetParam();
  RequestFacts request = facts(c.request);
  auto asked = read_asked(over(c.protocol), request);
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().answer, Answer::bad_request);
  EXPECT_EQ(status(asked.error().answer), 400);
  EXPECT_EQ(to_string(asked.error().reason), to_string(c.reason));
  EXPECT_EQ(asked.error().evidence.field, c.field);
  EXPECT_EQ(asked.error().evidence.malformed, c.malformed);
}

INSTANTIATE_TEST_SUITE_P(
    ReadAsked, Refuses,
    testing::Values(
        Bad{Protocol::h1, {{}, {}, {}, {}}, Reason::authority_missing, none, {}},
        Bad{Protocol::h1, {{""}, {}, {}, {}}, Reason::authority_missing, host, {}},
        // RFC 9112 §3.2: Host is needed even when the target is in absolute form.
        Bad{Protocol::h1, {{}, {}, "a.example", Scheme::http}, Reason::authority_missing, target, {}},
        Bad{Protocol::h2, {{}, {}, {}, Scheme::https}, Reason::authority_missing, none, {}},
        Bad{Protocol::h2, {{"a.example"}, "", {}, {}}, Reason::authority_missing, pseudo_authority, {}},
        Bad{Protocol::h1, {{"a.example", "b.example"}, {}, {}, {}}, Reason::authority_duplicated, host, {}},
        Bad{Protocol::h1, {{"a.example", "a.example"}, {}, {}, {}}, Reason::authority_duplicated, host, {}},
        Bad{Protocol::h2,
            {{"a.example", "a.example"}, "a.example", {}, {}},
            Reason::authority_duplicated,
            pseudo_authority,
            {}},
        Bad{Protocol::h1,
            {{"user@a.example"}, {}, {}, {}},
            Reason::authority_malformed,
            host,
            AuthorityError::userinfo},
        Bad{Protocol::h1,
            {{"a.example:65536"}, {}, {}, {}},
            Reason::authority_malformed,
            host,
            AuthorityError::bad_port},
        Bad{Protocol::h1,
            {{"a..example"}, {}, {}, {}},
            Reason::authority_malformed,
            host,
            AuthorityError::bad_host},
        Bad{Protocol::h1,
            {{"2001:db8::1"}, {}, {}, {}},
            Reason::authority_malformed,
            host,
            AuthorityError::bad_host},
        Bad{Protocol::h1,
            {{"[2001:db8::1"}, {}, {}, {}},
            Reason::authority_malformed,
            host,
            AuthorityError::unclosed_bracket},
        Bad{Protocol::h1,
            {{std::string("a\0b.example", 11)}, {}, {}, {}},
            Reason::authority_malformed,
            host,
            AuthorityError::bad_character},
        Bad{Protocol::h1,
            {{"a.example, b.example"}, {}, {}, {}},
            Reason::authority_malformed,
            host,
            AuthorityError::bad_character},
        // A sound :authority does not excuse a Host that is none, and the other way round.
        Bad{Protocol::h2,
            {{"a b"}, "a.example", {}, {}},
            Reason::authority_malformed,
            pseudo_authority,
            AuthorityError::bad_character},
        Bad{Protocol::h2,
            {{""}, "a.example", {}, {}},
            Reason::authority_malformed,
            pseudo_authority,
            AuthorityError::empty},
        Bad{Protocol::h2,
            {{"a.example"}, "a b", {}, {}},
            Reason::authority_malformed,
            pseudo_authority,
            AuthorityError::bad_character},
        Bad{Protocol::h2,
            {{"b.example"}, "a.example", {}, {}},
            Reason::authority_host_conflict,
            pseudo_authority,
            {}},
        Bad{Protocol::h2,
            {{"a.example:8443"}, "a.example", {}, {}},
            Reason::authority_host_conflict,
            pseudo_authority,
            {}},
        Bad{Protocol::h1,
            {{"b.example"}, {}, "a.example", Scheme::https},
            Reason::authority_target_conflict,
            target,
            {}},
        // Port 443 is the default of https, not of the http that this target says.
        Bad{Protocol::h1,
            {{"a.example:443"}, {}, "a.example", Scheme::http},
            Reason::authority_target_conflict,
            target,
            {}}));

TEST(ReadAsked, NamesBothSidesOfAConflict) {
  RequestFacts request = facts({{"b.example"}, "a.example", {}, {}});
  auto asked = read_asked(over(Protocol::h2), request);
  ASSERT_FALSE(asked);
  const Evidence& evidence = asked.error().evidence;
  EXPECT_EQ(evidence.authority, "a.example");
  EXPECT_EQ(evidence.other_authority, "b.example");
  EXPECT_EQ(evidence.other_field, host);
  EXPECT_EQ(describe(asked.error()),
            "400 bad-request (authority-host-conflict): :authority and Host name two different authorities "
            "(:authority a.example, Host b.example)");
}

TEST(ReadAsked, TakesTheSchemeOfTheConnection) {
  RequestFacts request = facts({{"a.example"}, {}, {}, {}});
  EXPECT_EQ(read_asked(over(Protocol::h1, Scheme::http), request)->origin.text(), "http://a.example");
  EXPECT_EQ(read_asked(over(Protocol::h1, Scheme::http), request)->origin.port, Port(80));
}

TEST(ReadAsked, ReadsNothingBeyondTheText) {
  for (std::string_view text :
       {"a", "a.example:", "a.example:4", "[::1]", "[::1", "[", ":", ":1", "@", "\xc3"}) {
    test::ExactBuffer buffer(text);
    RequestNames request;
    request.host_fields = 1;
    request.host = buffer.view();
    request.pseudo_authority = buffer.view();
    EXPECT_EQ(read_asked(over(Protocol::h1), request).has_value(), Authority::parse(text).has_value())
        << text;
  }
}

TEST(AskedReader, AnswersAsReadAskedWhateverCameBefore) {
  std::vector<Texts> requests = {
      {{"a.example"}, {}, {}, {}},
      {{"b.example"}, {}, {}, {}},
      {{"A.EXAMPLE"}, {}, {}, {}},
      {{"a.example", "a.example"}, {}, {}, {}},
      {{"a b"}, {}, {}, {}},
      {{}, {}, {}, {}},
      {{"a.example"}, {}, {}, Scheme::http},
      {{"a.example"}, {}, "a.example", Scheme::https},
      {{"a.example"}, {}, "b.example", Scheme::https},
      {{"b.example"}, {}, "a.example", Scheme::https},
      {{}, "a.example", {}, Scheme::https},
      {{"a.example"}, "a.example", {}, {}},
      {{"b.example"}, "a.example", {}, {}},
  };
  for (Protocol protocol : {Protocol::h1, Protocol::h2}) {
    for (const Texts& first : requests) {
      for (const Texts& second : requests) {
        AskedReader reader;
        RequestFacts a = facts(first), b = facts(second);
        reader.read(over(protocol), RequestNames::of(a));
        for (const RequestFacts* request : {&b, &b, &a}) {
          auto expected = read_asked(over(protocol), *request);
          const auto& actual = reader.read(over(protocol), RequestNames::of(*request));
          ASSERT_EQ(actual.has_value(), expected.has_value());
          if (expected) {
            EXPECT_EQ(actual->origin, expected->origin);
            EXPECT_EQ(actual->text, expected->text);
            EXPECT_EQ(actual->field, expected->field);
          } else {
            EXPECT_EQ(actual.error().reason, expected.error().reason);
          }
        }
      }
    }
  }
}

TEST(AskedReader, OutlivesTheBytesThatItRead) {
  AskedReader reader;
  ConnectionFacts connection = over(Protocol::h2);
  RequestNames request;
  {
    test::ExactBuffer first("a.example:8443");
    request.pseudo_authority = first.view();
    reader.read(connection, request);
  }
  test::ExactBuffer second("a.example:8443");
  request.pseudo_authority = second.view();
  const auto& asked = reader.read(connection, request);
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->text, "a.example:8443");
  EXPECT_NE(asked->text.data(), second.view().data());
}

}  // namespace
}  // namespace astray::asked_test
