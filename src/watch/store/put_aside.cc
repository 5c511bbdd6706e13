#include "watch/store/put_aside.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/octets.h"
#include "watch/model/instant_text.h"
#include "watch/store/schema.h"

namespace astray::watch {
namespace {

namespace fs = std::filesystem;

// The database header of SQLite's file format (https://sqlite.org/fileformat2.html §1.3).
constexpr size_t header_size = 100;
constexpr size_t application_at = 68;
constexpr std::string_view magic("SQLite format 3\0", 16);

std::string free_name(const std::string& wanted) {
  std::string name = wanted;
  std::error_code none;
  for (int i = 2; fs::exists(name, none); ++i) name = fmt::format("{}-{}", wanted, i);
  return name;
}

}  // namespace

std::optional<StoreError> find_what_is_no_store(const std::string& path) {
  std::error_code none;
  const fs::file_status status = fs::status(path, none);
  if (!fs::exists(status)) return std::nullopt;
  const auto refuse = [&](std::string_view what) {
    return StoreError{StoreTrouble::unavailable, fmt::format("store {}: {}; name another file", path, what)};
  };
  if (!fs::is_regular_file(status)) return refuse("it is no file");
  std::ifstream file(path, std::ios::binary);
  std::array<char, header_size> header{};
  file.read(header.data(), header.size());
  const auto size = static_cast<size_t>(file.gcount());
  const std::string_view bytes(header.data(), size);
  // One that could not be read is told of by SQLite; an empty one becomes a store.
  if (size == 0 || bytes.starts_with(magic)) return std::nullopt;
  if (size == header_size && read_number(bytes.substr(application_at), 4) == store_application)
    return std::nullopt;
  return refuse("what it holds is no store of astray, and it is left as it is");
}

Stored<std::string> put_aside(const std::string& path, Instant now) {
  std::string date = instant_text(now);
  for (char& c : date)
    if (c == ':') c = '-';
  const std::string aside = free_name(fmt::format("{}.corrupt-{}", path, date));
  std::error_code failed;
  fs::rename(path, aside, failed);
  if (failed && failed != std::errc::no_such_file_or_directory)
    return Failure<StoreError>(
        {StoreTrouble::unavailable, fmt::format("store {}: corrupt, and it cannot be put aside as {}: {}",
                                                path, aside, failed.message())});
  // The log goes along, under the name by which SQLite finds it; the index of the log is made anew from it.
  fs::rename(path + "-wal", aside + "-wal", failed);
  fs::remove(path + "-shm", failed);
  return aside;
}

}  // namespace astray::watch
