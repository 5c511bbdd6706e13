#include "http2/hpack/static_table.h"

#include <gtest/gtest.h>

#include <string>

namespace astray::http2::hpack {
namespace {

TEST(HpackStaticTable, HasWhatTheListHas) {
  for (size_t i = 0; i <= static_lines; ++i) {
    EXPECT_EQ(static_table[i].name(), static_pairs[i].name);
    EXPECT_EQ(static_table[i].value(), static_pairs[i].value);
  }
  EXPECT_EQ(static_table[61].name(), "www-authenticate");
}

TEST(HpackStaticTable, FindsTheFirstOfEachName) {
  for (size_t i = 1; i <= static_lines; ++i) {
    size_t first = 1;
    while (static_pairs[first].name != static_pairs[i].name) ++first;
    EXPECT_EQ(find_static_name(static_pairs[i].name), first);
  }
  for (const std::string_view name : {"", "x", "Date", "datf", "date ", "x-request-id"})
    EXPECT_EQ(find_static_name(name), 0u);
  for (int byte = 0; byte < 256; ++byte)
    EXPECT_EQ(find_static_name(std::string(1, static_cast<char>(byte))), 0u);
}

}  // namespace
}  // namespace astray::http2::hpack
