#include "watch/outlets/clickhouse.h"
#include "watch/outlets/clickhouse_rows.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "watch/outlets/clickhouse_rows.h"
#include "watch/outlets/gzip.h"
#include "watch/outlets/outlet_world_test.h"

namespace astray::watch {
namespace {

using namespace std::chrono_literals;
using test::OutletWorld;
using test::Response;

std::string gunzip(std::string_view bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

/// What the real 18.16 says.
const std::string no_table =
    "Code: 60, e.displayText() = DB::Exception: Table astray.cells doesn't exist., e.what() = "
    "DB::Exception\n";

RoundRecord round_with_cells(size_t cells) {
  RoundRecord round = test::round_of(ProblemStep::opened, "a");
  for (size_t i = 0; i < cells; ++i) {
    CellRecord cell;
    cell.key.node = "192.0.2.1:443";
    cell.key.sni = cell.key.authority = std::to_string(i) + ".example";
    cell.answer.verdict = CellVerdict::own;
    cell.answer.status = 200;
    cell.sentence = "a \"quoted\"\nsentence";
    cell.took = 1500us;
    round.answers.push_back(cell);
  }
  return round;
}

class ClickHouseTest : public testing::Test {
 protected:
  void start() {
    running = world.loop.spawn(house.run());
    world.run_for(1s);
  }
  static std::string query_of(const test::Received& received) {
    const size_t begin = received.head.find("query=") + 6;
    return received.head.substr(begin, received.head.find_first_of("& ", begin) - begin);
  }

  OutletWorld world;
  ClickHouseSettings settings{OutletWorld::address, "astray", "writer", ""};
  ClickHouse house{*Url::parse(OutletWorld::address), settings, "secret", world.tools()};
  SpawnedTask running;
};

TEST_F(ClickHouseTest, InsertsCellsAndEventsOfARound) {
  start();
  world.add_round(house, round_with_cells(2));
  world.run_for(1s);
  ASSERT_EQ(world.received.size(), 2u);
  const test::Received& cells = world.received[0];
  EXPECT_EQ(query_of(cells), "INSERT%20INTO%20%60astray%60%2E%60cells%60%20FORMAT%20JSONEachRow");
  EXPECT_EQ(cells.field("Content-Encoding"), "gzip");
  EXPECT_EQ(cells.field("X-ClickHouse-User"), "writer");
  EXPECT_EQ(cells.field("X-ClickHouse-Key"), "secret");
  const std::string rows = gunzip(cells.body);
  EXPECT_TRUE(rows.starts_with("{\"at\":1764400000,\"store\":\"5707e1d\",\"batch\":\"")) << rows;
  EXPECT_NE(rows.find("\"row\":1,"), std::string::npos);
  EXPECT_NE(rows.find("\"sentence\":\"a \\\"quoted\\\"\\nsentence\",\"duration_us\":1500}\n"),
            std::string::npos);
  EXPECT_NE(query_of(world.received[1]).find("events"), std::string::npos);
  EXPECT_TRUE(world.store.kept_parcels.empty());
  EXPECT_EQ(house.figures().delivered, 1u);
}

TEST_F(ClickHouseTest, MakesTheTablesThatAreMissing) {
  world.responses = {Response::status(404, no_table)};
  start();
  world.add_round(house, round_with_cells(1));
  world.run_for(1s);
  ASSERT_EQ(world.received.size(), 6u);
  EXPECT_TRUE(query_of(world.received[1]).starts_with("CREATE%20DATABASE"));
  EXPECT_TRUE(query_of(world.received[2]).starts_with("CREATE%20TABLE"));
  EXPECT_TRUE(query_of(world.received[3]).starts_with("CREATE%20TABLE"));
  EXPECT_EQ(world.received[4].body, world.received[0].body);
  EXPECT_EQ(house.figures().failures, 0u);
}

TEST_F(ClickHouseTest, AnHourAwayLosesNothingAndKeepsTheOrder) {
  start();
  world.down();
  for (int i = 0; i < 60; ++i) {
    RoundRecord round = round_with_cells(1);
    round.events.clear();
    round.began = world.now();
    world.add_round(house, round);
    world.run_for(1min);
  }
  EXPECT_TRUE(house.trouble());
  EXPECT_EQ(house.figures().waiting_since, (Instant{OutletWorld::began.unix_seconds + 1}));
  EXPECT_EQ(world.store.kept_parcels.size(), 60u);
  world.up();
  world.run_for(6min);
  ASSERT_EQ(world.received.size(), 60u);
  for (size_t i = 0; i < 60; ++i) {
    const std::string at = "{\"at\":" + std::to_string(OutletWorld::began.unix_seconds + 1 + 60 * int64_t(i));
    EXPECT_TRUE(gunzip(world.received[i].body).starts_with(at)) << i;
  }
  EXPECT_TRUE(world.store.kept_parcels.empty());
  EXPECT_EQ(house.trouble(), std::nullopt);
}

// The answer is lost, not the insert: what comes again has the same batch and rows, which the tables fold.
TEST_F(ClickHouseTest, WhatWasSentTwiceIsTheSameToTheByte) {
  world.responses = {Response::silence()};
  start();
  world.add_round(house, round_with_cells(3));
  world.run_for(3min);
  ASSERT_EQ(world.received.size(), 3u);
  EXPECT_EQ(world.received[1].body, world.received[0].body);
}

TEST_F(ClickHouseTest, GoesOnAfterARestartWithWhatWaits) {
  start();
  world.down();
  world.add_round(house, round_with_cells(1));
  world.run_for(1s);
  running.cancel();
  world.up();
  ClickHouse again(*Url::parse(OutletWorld::address), settings, "secret", world.tools());
  running = world.loop.spawn(again.run());
  world.run_for(1s);
  EXPECT_EQ(world.received.size(), 2u);
  EXPECT_TRUE(world.store.kept_parcels.empty());
  running.cancel();
}

TEST_F(ClickHouseTest, RowsThatItCannotReadArePassedOverAfterSomeTries) {
  for (uint32_t i = 0; i < ParcelCourier::tries_of_unreadable_parcels; ++i)
    world.responses.push_back(
        Response::status(400, "Code: 41, e.displayText() = DB::Exception: Cannot parse"));
  start();
  world.add_round(house, round_with_cells(1));
  world.run_for(10min);
  EXPECT_TRUE(world.store.kept_parcels.empty());
  EXPECT_EQ(house.figures().refused, 1u);
  ASSERT_TRUE(house.trouble());
  EXPECT_NE(house.trouble()->find("Code: 41"), std::string::npos) << *house.trouble();
  world.add_round(house, round_with_cells(1));
  world.run_for(1s);
  EXPECT_EQ(house.figures().delivered, 1u);
  EXPECT_EQ(house.trouble(), std::nullopt);
}

TEST_F(ClickHouseTest, AWrongPasswordIsSaidAndNothingIsPassedOver) {
  for (int i = 0; i < 100; ++i)
    world.responses.push_back(
        Response::status(401, "Code: 193, e.displayText() = DB::Exception: Wrong password"));
  start();
  world.add_round(house, round_with_cells(1));
  world.run_for(1h);
  EXPECT_EQ(world.store.kept_parcels.size(), 1u);
  ASSERT_TRUE(house.trouble());
  EXPECT_NE(house.trouble()->find("Wrong password"), std::string::npos);
}

TEST_F(ClickHouseTest, AParcelThatIsNoneIsSaidAndLeftBehind) {
  world.store.kept_parcels.push_back({1, house.name(), "parcel-1 5 1 999\nxx"});
  start();
  EXPECT_TRUE(world.store.kept_parcels.empty());
  ASSERT_TRUE(house.trouble());
  EXPECT_NE(house.trouble()->find("parcel 1"), std::string::npos);
}

TEST(ClickHouseTables, QuoteAnyDatabaseName) {
  EXPECT_EQ(clickhouse_insert("a`; DROP", "cells"), "INSERT INTO `a\\`; DROP`.`cells` FORMAT JSONEachRow");
}

TEST(Gzip, ShrinksAndCanBeUndone) {
  const std::string rows(100'000, 'x');
  EXPECT_LT(gzip(rows).size(), 1000u);
  EXPECT_EQ(gunzip(gzip(rows)), rows);
  EXPECT_EQ(gunzip(gzip("")), "");
}

}  // namespace
}  // namespace astray::watch
