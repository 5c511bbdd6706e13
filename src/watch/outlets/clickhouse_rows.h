#pragma once
// What goes into ClickHouse's tables (docs/watch-clickhouse.md has their columns).
#include <string>
#include <string_view>
#include <vector>

#include "watch/outlets/parcel_courier.h"

namespace astray::watch {

/// Rows of cells and rows of events, each JSONEachRow in gzip, or "" for none. `batch`: unique for the round;
/// with the row's number it identifies a row, so that the tables recognise one that comes again.
ParcelContent rows_of(const RoundRecord& round, const std::string& store_id, const std::string& batch);

/// Statements that make the database and its tables where they are missing. `database`: any text.
std::vector<std::string> clickhouse_tables(std::string_view database);
/// "INSERT INTO `astray`.`cells` FORMAT JSONEachRow".
std::string clickhouse_insert(std::string_view database, std::string_view table);

}  // namespace astray::watch
