// Both engines against each other, in memory.
#include <gtest/gtest.h>

#include <map>

#include "http2/test_peer.h"

namespace astray::connection_test {
namespace {

using namespace http2;
using namespace http2::test;
using Lines = std::vector<std::string>;

constexpr size_t pieces[] = {SIZE_MAX, 1, 3, 10, 1000};

const RequestHead* head_of(const Http2Server::Event& event) {
  return std::get_if<RequestHead>(&event);
}
const RequestEnd* end_of(const Http2Server::Event& event) {
  return std::get_if<RequestEnd>(&event);
}

TEST(Http2Connection, Get) {
  for (size_t piece : pieces) {
    Pair pair({}, piece);
    ASSERT_TRUE(pair.client.request(get("a.example")));
    pair.run([&](const Http2Server::Event& event) {
      if (const RequestEnd* end = end_of(event)) {
        EXPECT_TRUE(pair.server.informational(end->stream, {{":status", "103"}}));
        EXPECT_TRUE(pair.server.respond(end->stream, {{":status", "200"}, {"server", "x"}}, "hello"));
      }
    });
    EXPECT_EQ(pair.server_lines,
              (Lines{"settings", "1 head :method=GET :scheme=https :authority=a.example :path=/", "1 end"}));
    EXPECT_EQ(pair.client_lines, (Lines{"settings", "1 interim :status=103", "1 head :status=200 server=x",
                                        "1 data hello", "1 end"}));
    EXPECT_EQ(pair.client.streams_open(), 0u);
    EXPECT_EQ(pair.server.streams_open(), 0u);
  }
}

TEST(Http2Connection, PostWithBodyAndTrailersBothWays) {
  for (size_t piece : pieces) {
    Pair pair({}, piece);
    Fields post = get("a.example");
    post.set_value(0, "POST");
    auto id = pair.client.request(post, Then::body);
    ASSERT_TRUE(id);
    EXPECT_TRUE(pair.client.send_body(*id, "one", Then::body));
    pair.run([&](const Http2Server::Event& event) {
      if (head_of(event)) {
        EXPECT_TRUE(pair.server.respond(1, {{":status", "200"}}, Then::body));
      }
    });
    EXPECT_TRUE(pair.client.send_body(*id, "two", Then::body));
    EXPECT_EQ(pair.client.unsent_body(*id), 3u);
    EXPECT_TRUE(pair.client.send_trailers(*id, {{"x-sum", "1"}}));
    EXPECT_EQ(pair.client.send_body(*id, "late", Then::end).error(), CommandError::wrong_moment);
    pair.run([&](const Http2Server::Event& event) {
      if (!end_of(event)) return;
      EXPECT_TRUE(pair.server.send_body(1, "answer", Then::body));
      EXPECT_TRUE(pair.server.send_trailers(1, {{"x-sum", "2"}}));
    });
    EXPECT_EQ(pair.server_lines,
              (Lines{"settings", "1 head :method=POST :scheme=https :authority=a.example :path=/",
                     "1 data onetwo", "1 trailers x-sum=1", "1 end"}));
    EXPECT_EQ(pair.client_lines,
              (Lines{"settings", "1 head :status=200", "1 data answer", "1 trailers x-sum=2", "1 end"}));
    EXPECT_EQ(pair.client.streams_open(), 0u);
    EXPECT_EQ(pair.server.streams_open(), 0u);
  }
}

TEST(Http2Connection, AHundredStreamsAtOnce) {
  for (size_t piece : {SIZE_MAX, size_t{1}}) {
    Pair pair({}, piece);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(pair.client.request(get(fmt::format("h{}.example", i))));
    EXPECT_EQ(pair.client.request(get("more.example")).error(), CommandError::too_many_streams);
    std::map<StreamId, std::string> authorities;
    pair.run([&](const Http2Server::Event& event) {
      if (const RequestHead* head = head_of(event))
        authorities[head->stream] = *first_value(head->fields, ":authority");
      if (const RequestEnd* end = end_of(event)) {
        // One of them is misdirected: the others do not mind.
        const char* code = authorities[end->stream] == "h42.example" ? "421" : "200";
        EXPECT_TRUE(pair.server.respond(end->stream, {{":status", code}}, authorities[end->stream]));
      }
    });
    for (int i = 0; i < 100; ++i) {
      std::string data = fmt::format("{} data h{}.example", 2 * i + 1, i);
      std::string head = fmt::format("{} head :status={}", 2 * i + 1, i == 42 ? "421" : "200");
      EXPECT_EQ(std::count(pair.client_lines.begin(), pair.client_lines.end(), data), 1) << data;
      EXPECT_EQ(std::count(pair.client_lines.begin(), pair.client_lines.end(), head), 1) << head;
    }
    EXPECT_EQ(pair.client_lines.size(), 301u);
    EXPECT_EQ(pair.client.streams_open(), 0u);
  }
}

TEST(Http2Connection, ABodyLargerThanAllWindows) {
  std::string large(5'000'000, 'x');
  for (size_t i = 0; i < large.size(); i += 4096) large[i] = static_cast<char>('a' + i / 4096 % 26);
  Pair pair;
  ASSERT_TRUE(pair.client.request(get("a.example"), large));
  pair.run([&](const Http2Server::Event& event) {
    if (end_of(event)) {
      EXPECT_TRUE(pair.server.respond(1, {{":status", "200"}}, large));
    }
  });
  EXPECT_EQ(pair.server_lines[2], "1 data " + large);
  EXPECT_EQ(pair.client_lines[2], "1 data " + large);
  EXPECT_EQ(pair.client_lines.back(), "1 end");
}

TEST(Http2Connection, WhoeverDoesNotConsumeHoldsTheSenderBack) {
  Options options;
  options.consumption = Consumption::by_command;
  options.stream_window = 100000;
  Pair pair(options);
  ASSERT_TRUE(pair.client.request(get("a.example")));
  pair.run([&](const Http2Server::Event& event) {
    if (end_of(event)) {
      EXPECT_TRUE(pair.server.respond(1, {{":status", "200"}}, std::string(250000, 'x')));
    }
  });
  EXPECT_EQ(pair.client_lines.back().size(), 7 + 100000u);
  EXPECT_EQ(pair.server.unsent_body(1), 150000u);
  pair.client.consume(1, 100000);
  pair.run();
  EXPECT_EQ(pair.client_lines.back().size(), 7 + 200000u);
  pair.client.consume(1, 100000);
  pair.run();
  EXPECT_EQ(pair.client_lines.back(), "1 end");
}

TEST(Http2Connection, OriginAndAltSvc) {
  for (size_t piece : pieces) {
    Pair pair({}, piece);
    ASSERT_TRUE(pair.client.request(get("a.example")));
    EXPECT_TRUE(pair.server.origin({}));
    EXPECT_TRUE(pair.server.origin({"https://a.example", "https://b.example"}));
    EXPECT_TRUE(pair.server.alternative_service(0, "https://a.example", "clear"));
    EXPECT_EQ(pair.server.alternative_service(0, "", "clear").error(), CommandError::wrong_moment);
    EXPECT_EQ(pair.server.alternative_service(9, "", "clear").error(), CommandError::unknown_stream);
    EXPECT_EQ(pair.server.origin({std::string(16383, 'o')}).error(), CommandError::too_large);
    pair.run();
    EXPECT_EQ(pair.client_lines, (Lines{"settings", "origin", "origin https://a.example https://b.example",
                                        "altsvc 0 [https://a.example] clear"}));
  }
}

TEST(Http2Connection, TheServerGoesAwayGently) {
  Pair pair;
  ASSERT_TRUE(pair.client.request(get("a.example")));
  pair.run([&](const Http2Server::Event& event) {
    if (head_of(event)) pair.server.go_away();
  });
  EXPECT_EQ(pair.client_lines, (Lines{"settings", "goaway 1 NO_ERROR "}));
  EXPECT_TRUE(pair.server.respond(1, {{":status", "204"}}, Then::end));
  pair.run();
  EXPECT_EQ(pair.client_lines.back(), "1 end");
  pair.client.receive_end();
  drain(pair.client, pair.client_lines);
  EXPECT_EQ(pair.client_lines.back(), "closed");
}

TEST(Http2Connection, TheServerGoesAwayAtOnce) {
  Pair pair;
  ASSERT_TRUE(pair.client.request(get("a.example")));
  pair.server.go_away(ErrorCode::enhance_your_calm);
  pair.run();
  EXPECT_EQ(pair.client_lines,
            (Lines{"settings", "goaway 0 ENHANCE_YOUR_CALM ", "1 reset refused-by-goaway REFUSED_STREAM"}));
  EXPECT_TRUE(pair.server_lines.empty());
  EXPECT_EQ(pair.server.respond(1, {{":status", "204"}}, Then::end).error(), CommandError::connection_over);
}

TEST(Http2Connection, ResetsReachTheOtherSide) {
  for (size_t piece : pieces) {
    Pair pair({}, piece);
    ASSERT_TRUE(pair.client.request(get("a.example"), Then::body));
    ASSERT_TRUE(pair.client.request(get("b.example")));
    pair.run([&](const Http2Server::Event& event) {
      if (const RequestEnd* end = end_of(event)) {
        EXPECT_TRUE(pair.server.reset(end->stream, ErrorCode::refused_stream));
      }
    });
    EXPECT_TRUE(pair.client.reset(1, ErrorCode::cancel));
    pair.run();
    EXPECT_EQ(pair.client_lines, (Lines{"settings", "3 reset reset-by-peer REFUSED_STREAM"}));
    EXPECT_EQ(pair.server_lines.back(), "1 reset reset-by-peer CANCEL");
    EXPECT_EQ(pair.client.streams_open(), 0u);
    EXPECT_EQ(pair.server.streams_open(), 0u);
  }
}

TEST(Http2Connection, BuffersOfOneByteCarryTheSameBytes) {
  auto bytes_in = [](size_t buffer) {
    Http2Client client({}, {});
    EXPECT_TRUE(client.request(get("a.example"), std::string(3000, 'x')));
    return written(client, buffer);
  };
  EXPECT_EQ(bytes_in(1), bytes_in(65536));
  EXPECT_EQ(bytes_in(7), bytes_in(65536));
}

TEST(Http2Connection, BothWriteLittleByLittle) {
  // One half-written buffer each way and turn, so that the engines always have more to say.
  for (size_t buffer_bytes : {size_t{1}, size_t{100}, size_t{5000}}) {
    std::string body(buffer_bytes == 1 ? 5000 : 600000, 'b');
    Http2Client client({}, {});
    Http2Server server({}, {});
    Lines client_lines;
    ASSERT_TRUE(client.request(get("a.example"), body));
    std::string buffer(buffer_bytes, '\0');
    for (int turn = 0; turn < 100000; ++turn) {
      size_t to_server = client.write_to(buffer);
      server.receive(std::string_view(buffer).substr(0, to_server));
      while (auto event = server.next_event()) {
        if (end_of(*event)) {
          ASSERT_TRUE(server.respond(1, {{":status", "200"}}, body));
        }
      }
      size_t to_client = server.write_to(buffer);
      client.receive(std::string_view(buffer).substr(0, to_client));
      drain(client, client_lines);
      if (to_server + to_client == 0) break;
    }
    EXPECT_EQ(client_lines, (Lines{"settings", "1 head :status=200", "1 data " + body, "1 end"}));
  }
}

TEST(Http2Connection, NothingIsWrittenIntoNoBuffer) {
  Http2Client client({}, {});
  EXPECT_EQ(client.write_to({}), 0u);
  EXPECT_FALSE(written(client).empty());
}

}  // namespace
}  // namespace astray::connection_test
