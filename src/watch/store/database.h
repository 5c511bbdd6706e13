#pragma once
// SQLite, as the store's pieces use it. What fails is noted in the Database and ends everything that follows
// in the same piece of work (as the state of an iostream does), so that it is looked at once, by Work.
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "watch/store/store.h"

struct sqlite3;
struct sqlite3_stmt;

namespace astray::watch {

enum class Access : uint8_t { read, write };

class Database {
 public:
  /// `path`: ":memory:" is a store of its own. Whether it could be opened is told by trouble().
  Database(const std::string& path, Access access);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const std::string& path() const { return path_; }
  /// The first thing that failed; nothing when all is well.
  const std::optional<StoreError>& trouble() const { return trouble_; }
  bool well() const { return !trouble_; }
  void note(StoreTrouble trouble, std::string message);
  void forget_trouble() { trouble_.reset(); }

  /// Statements without rows or values, separated by semicolons.
  void run(const char* sql);
  /// The one number that a statement without values answers; 0 when it fails.
  int64_t number(const char* sql);
  /// Of the last row inserted.
  int64_t inserted() const;
  /// Ends every statement that has rows left: one alone would hold on to the state it reads, and the log
  /// could not be emptied.
  void end_statements();
  /// Ends a transaction, also after trouble.
  void roll_back();

 private:
  friend class Statement;
  void note_failure(int code);

  std::string path_;
  sqlite3* handle_ = nullptr;
  std::optional<StoreError> trouble_;
};

/// Bytes that are no text.
struct Blob {
  std::string_view bytes;
};

/// A prepared statement. Values are bound and columns read in order; columns are good until the next step.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;

  /// Begins anew with these values. What they borrow must live until the last step.
  template <typename... Values>
  Statement& with(const Values&... values) {
    reset();
    int place = 0;
    (bind(++place, values), ...);
    return *this;
  }
  /// Whether there is another row; false too when it failed.
  bool next();
  /// For statements without rows.
  void run();

  // A column of another type than is asked for is trouble (the store is corrupt), and reads as 0 or "".
  int64_t integer(int column);
  std::string_view text(int column);
  std::string_view blob(int column);
  bool is_null(int column);
  Instant instant(int column) { return {integer(column)}; }

 private:
  void reset();
  void bind(int place, std::nullopt_t);
  void bind_integer(int place, int64_t value);
  void bind(int place, std::string_view value);
  void bind(int place, const std::string& value) { bind(place, std::string_view(value)); }
  void bind(int place, Blob value);
  void bind(int place, Instant value) { bind_integer(place, value.unix_seconds); }
  void bind(int place, std::integral auto value) { bind_integer(place, static_cast<int64_t>(value)); }
  template <typename T>
  void bind(int place, const std::optional<T>& value) {
    value ? bind(place, *value) : bind(place, std::nullopt);
  }
  bool has_type(int column, int type);

  Database* database_;
  sqlite3_stmt* handle_ = nullptr;
};

/// One piece of work on the store: a transaction that is undone unless it is finished. Reading ones see one
/// state of the store, whatever a writer does beside them.
class Work {
 public:
  Work(Database& database, Access access);
  ~Work();
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  /// The value, once everything is there for good; or what failed.
  template <typename T>
  Stored<T> finish(T value) {
    if (auto trouble = end()) return Failure<StoreError>(std::move(*trouble));
    return value;
  }
  Stored<void> finish() {
    if (auto trouble = end()) return Failure<StoreError>(std::move(*trouble));
    return {};
  }

 private:
  std::optional<StoreError> end();

  Database& database_;
  bool under_way_ = true;
};

}  // namespace astray::watch
