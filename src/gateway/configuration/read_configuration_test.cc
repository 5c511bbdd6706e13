#include "gateway/configuration/read_configuration.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace astray::gateway {
namespace {

std::string read_problems(std::string_view yaml) {
  std::string text;
  for (const ConfigurationProblem& problem : read_configuration(yaml, "").problems)
    text += describe(problem, "g") + "\n";
  return text;
}

constexpr std::string_view rest_of_file =
    "virtual_hosts: {v: {names: [a.example], routes: [{backs: [b]}]}}\nbacks: {b: {addresses: "
    "[\"127.0.0.1:80\"]}}\n";

TEST(ReadConfiguration, GivesDefaultsAndPlaces) {
  const auto read = read_configuration(
      "listeners:\n  web: {address: \"[::]:8443\", default: v}\n" + std::string(rest_of_file), "/etc/astray");
  ASSERT_TRUE(read.problems.empty()) << describe(read.problems[0], "g");
  const Configuration& configuration = read.configuration;
  ASSERT_EQ(configuration.listeners.size(), 1u);
  const ListenerSettings& listener = configuration.listeners[0];
  EXPECT_EQ(listener.name.value.text, "web");
  EXPECT_EQ(listener.name.place, (SourceSpan{SourceFileId{0}, 2, 3}));
  EXPECT_EQ(listener.address.value.text(), "[::]:8443");
  EXPECT_EQ(listener.address.place, (SourceSpan{SourceFileId{0}, 2, 18}));
  EXPECT_TRUE(listener.tls);
  EXPECT_EQ(listener.default_virtual_host->value.text, "v");
  const VirtualHostSettings& virtual_host = configuration.virtual_hosts[0];
  EXPECT_EQ(virtual_host.protocols, (std::vector{HttpVersion::h2, HttpVersion::http1_1}));
  EXPECT_EQ(virtual_host.routes[0].backs[0].back.value.text, "b");
  EXPECT_EQ(virtual_host.routes[0].backs[0].weight, 1u);
  EXPECT_FALSE(virtual_host.routes[0].sni.settings) << "preserved";
  EXPECT_TRUE(configuration.backs[0].verify.settings) << "verified";
  EXPECT_EQ(configuration.operation.admin.settings->address.value.text(), "127.0.0.1:9421");
}

TEST(ReadConfiguration, FilesBeginAtTheFolder) {
  const std::string yaml = "listeners: {l: {address: \"0.0.0.0:1\"}}\n" + std::string(rest_of_file) +
                           "operation: {ticket_keys: ../keys/t, access_log: {path: /var/log/a}}\n";
  const auto in_folder = read_configuration(yaml, "/etc/astray").configuration.operation;
  EXPECT_EQ(in_folder.ticket_keys->value.text, "/etc/keys/t");
  EXPECT_EQ(in_folder.access_log->path.text, "/var/log/a");
  EXPECT_EQ(read_configuration(yaml, "").configuration.operation.ticket_keys->value.text, "../keys/t");
}

TEST(ReadConfiguration, SaysWhatIsWrongWhereAndWhatWasExpected) {
  const std::string listener_keys =
      "address, public_port, tls, unknown_sni, missing_sni, default, cleartext, proxy_protocol, "
      "trusted_gateways, scheme_from, origin_frames";
  struct {
    std::string yaml;  ///< on a line of its own, behind the virtual host and the back
    std::string expected;
  } const cases[] = {
      // Keys.
      {"listeners: {l: {address: \"0.0.0.0:1\", unknown_snl: reject}}",
       "3:39: unknown key \"unknown_snl\"; expected one of " + listener_keys + ". Did you mean unknown_sni?"},
      {"listeners: {l: {address: \"0.0.0.0:1\", \"a\\x07\": 1}}",
       "3:39: unknown key \"a\\x07\"; expected one of " + listener_keys},
      {"listeners: {l: {address: \"0.0.0.0:1\", address: \"0.0.0.0:2\"}}",
       "3:39: the key \"address\" stands twice; the first is in line 3"},
      {"listeners: {l: {tls: true}}", "3:16: l: the key \"address\" is missing: where it listens"},
      {"listeners: {l: {address: \"0.0.0.0:1\"}, l: {address: \"0.0.0.0:2\"}}",
       "3:40: the key \"l\" stands twice; the first is in line 3"},
      {"listeners: {1: {address: \"0.0.0.0:1\"}}",
       "3:13: listeners: expected a label of letters, digits, \".\", \"_\" and \"-\" that begins with a "
       "letter, found "
       "\"1\""},
      // Kinds.
      {"listeners: [l]", "3:12: listeners: expected labels of your own, each with settings, found a list"},
      {"listeners: {}", "3:12: listeners: expected labels of your own, each with settings, found none"},
      {"listeners: {l: here}", "3:16: l: expected the keys " + listener_keys + ", found \"here\""},
      {"listeners: {l: }", "3:16: l: expected the keys " + listener_keys + ", found nothing"},
      {"listeners: {l: {address: [x]}}",
       "3:26: address: expected an address with a port such as 192.0.2.1:443, 0.0.0.0:443 or \"[::]:443\", "
       "found a "
       "list"},
      {"listeners: {l: {address: \"0.0.0.0:1\", trusted_gateways: 10.0.0.0/8}}",
       "3:57: trusted_gateways: expected a list, found \"10.0.0.0/8\"; a list is written as [one, other]"},
      {"listeners: {l: {address: \"0.0.0.0:1\", proxy_protocol: {from: []}}}",
       "3:62: from: expected a list, found an empty one; a list is written as [one, other]"},
      {"listeners: {l: {address: \"0.0.0.0:1\", tls: \"true\"}}",
       "3:44: tls: expected true or false, found \"true\": it stands in quotes"},
      // Values.
      {"listeners: {l: {address: \"0.0.0.0\"}}",
       "3:26: address: expected an address with a port such as 192.0.2.1:443, 0.0.0.0:443 or \"[::]:443\", "
       "found "
       "\"0.0.0.0\": the port is missing: 192.0.2.1:443"},
      {"listeners: {l: {address: \"0.0.0.0:1\", unknown_sni: rejected}}",
       "3:52: unknown_sni: expected reject or default, found \"rejected\". Did you mean reject?"},
      {"listeners: {l: {address: \"0.0.0.0:1\", origin_frames: {most: 0}}}",
       "3:61: most: expected a whole number from 1 to 1000, found \"0\""},
      {"listeners: {l: {address: \"0.0.0.0:1\", trusted_gateways: [10.1.2.3/8]}}",
       "3:58: trusted_gateways: expected an address block such as 10.0.0.0/8 or 2001:db8::/32, or one "
       "address, found "
       "\"10.1.2.3/8\": it has bits behind the prefix; the block is 10.0.0.0/8"},
      {"listeners: {l: {address: \"0.0.0.0:1\"}}\noperation: {drain: 30}",
       "4:20: drain: expected a duration such as 5s, 250ms, 2m, 1h or 7d from 0ms to 1d, found \"30\": the unit "
       "is "
       "missing"},
      {"listeners: {l: {address: \"0.0.0.0:1\"}}\noperation: {drain: 25h}",
       "4:20: drain: expected a duration such as 5s, 250ms, 2m, 1h or 7d from 0ms to 1d, found \"25h\""},
      {"listeners: {l: {address: \"0.0.0.0:1\"}}\noperation: {peers: {header_bytes: 2MiB}}",
       "4:35: header_bytes: expected a size such as 64KiB, 1MiB or 512B from 1KiB to 1MiB, found \"2MiB\""},
      {"listeners: {l: {address: \"0.0.0.0:1\"}}\noperation: {admin: none}",
       "4:20: admin: expected the word off, or the keys address, found \"none\""},
  };
  for (const auto& [yaml, expected] : cases)
    EXPECT_EQ(read_problems(std::string(rest_of_file) + yaml + "\n"), "g:" + expected + "\n") << yaml;
}

TEST(ReadConfiguration, SaysWhatIsWrongWithRoutes) {
  struct {
    std::string route;
    std::string expected;
  } const cases[] = {
      {"{}", "4:5: routes: expected one of the keys backs, redirect, found neither"},
      {"{backs: [b], redirect: {}}",
       "4:5: routes: expected one of the keys backs, redirect, found 2 of them"},
      {"{backs: []}", "4:13: backs: expected a list, found an empty one; a list is written as [one, other]"},
      {"{backs: [0]}",
       "4:14: backs: expected a label of letters, digits, \".\", \"_\" and \"-\" that begins with a letter, "
       "found \"0\""},
      {"{backs: [b], match: {prefix: a}}",
       "4:34: prefix: expected a path that begins with \"/\", without query or fragment, found \"a\""},
      {"{backs: [b], match: {prefix: /a, regex: b}}",
       "4:25: match: expected one of the keys prefix, exact, regex, found 2 of them"},
      {"{backs: [b], match: {methods: [G T]}}",
       "4:36: methods: expected a method such as GET (upper and lower case differ), found \"G T\""},
      {"{backs: [b], request_headers: {set: {\"X Y\": 1}}}",
       "4:42: set: expected the name of a header field such as X-Request-Id, found \"X Y\""},
      {"{backs: [b], request_headers: {set: {X: \"a\\nb\"}}}",
       "4:45: X: expected the value of a header field: printable text on one line, found \"a\\x0ab\": it has "
       "a control "
       "character"},
      {"{backs: [b], request_headers: {set: [X]}}",
       "4:41: set: expected names of header fields with their values, found a list"},
      {"{backs: [b], sni: {rewrite: 192.0.2.1}}",
       "4:33: rewrite: expected a host name such as www.example.com, found \"192.0.2.1\": SNI never carries "
       "an address"},
      {"{backs: [b], host: other.example}",
       "4:24: host: expected the word preserve, or the keys rewrite, found \"other.example\""},
  };
  for (const auto& [route, expected] : cases) {
    const std::string yaml =
        "listeners: {l: {address: \"0.0.0.0:1\"}}\nvirtual_hosts: {v: {names: [a.example], "
        "routes: [\n\n    " +
        route + "]}}\n";
    EXPECT_EQ(read_problems(yaml), "g:" + expected + "\n") << route;
  }
}

TEST(ReadConfiguration, GoesOnToTheEnd) {
  EXPECT_EQ(
      read_problems(
          "listeners: {l: {address: x}}\nvirtual_hosts: {v: {names: [a..b], route: []}}\nbcaks: {}\n"),
      "g:1:26: address: expected an address with a port such as 192.0.2.1:443, 0.0.0.0:443 or \"[::]:443\", "
      "found \"x\": it does not start with an IPv4 address or an IPv6 address in brackets\n"
      "g:2:20: v: the key \"routes\" is missing: the first that matches; none does: 404\n"
      "g:2:29: names: expected a name such as www.example.com, \"*.example.com\" (in quotes) or an IP "
      "address, "
      "found \"a..b\": a label is empty (two dots in a row, or a dot at the start)\n"
      "g:2:36: unknown key \"route\"; expected one of names, listeners, certificates, client_authentication, "
      "tls, protocols, unowned, coalesce, certificate_need_not_cover_names, routes. Did you mean routes?\n"
      "g:3:1: unknown key \"bcaks\"; expected one of listeners, virtual_hosts, backs, operation. Did you "
      "mean "
      "backs?\n");
}

TEST(ReadConfiguration, ListsNoMoreThanAPersonReads) {
  std::string yaml;
  for (int i = 0; i < 100'000; ++i) yaml += fmt::format("unknown_{}: 1\n", i);
  const auto read = read_configuration(yaml, "");
  ASSERT_EQ(read.problems.size(), max_read_problems + 1);
  EXPECT_EQ(read.problems.back().message, "there are more problems; these come first");
}

TEST(ReadConfiguration, WhatIsNotYamlIsOneProblem) {
  EXPECT_EQ(read_problems(""),
            "g:1:1: configuration: expected the keys listeners, virtual_hosts, backs, operation, "
            "found nothing\n");
  EXPECT_EQ(read_problems("a: ["),
            "g:1:1: this is not YAML that can be read: end of sequence flow not found\n");
  EXPECT_EQ(read_problems(std::string(5 << 20, ' ')),
            "g: 5242880 bytes are too many; expected at most 4194304\n");
}

}  // namespace
}  // namespace astray::gateway
