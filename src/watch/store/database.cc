#include "watch/store/database.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/check.h"

namespace astray::watch {
namespace {

/// A record that claims to be longer was never written by us.
constexpr int longest_value = 64 << 20;
/// What somebody at the store with another program may hold it up; the watcher itself is the only writer.
constexpr int patience_milliseconds = 2000;

StoreTrouble trouble_of(int code, int system_error) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return StoreTrouble::full;
    case SQLITE_IOERR:
      // The shared memory beside the log reports a full disk this way.
      return system_error == ENOSPC || system_error == EDQUOT ? StoreTrouble::full : StoreTrouble::failed;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    // Tables refuse nothing that we write: a constraint breaks when what is there is not what we wrote.
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return StoreTrouble::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return StoreTrouble::in_use;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return StoreTrouble::unavailable;
    default:
      return StoreTrouble::failed;
  }
}

std::string_view advice_for(StoreTrouble trouble) {
  switch (trouble) {
    case StoreTrouble::unavailable:
      return ": the file and its folder must be there and be writable for the watcher";
    case StoreTrouble::in_use:
      return ": another program holds a lock on it; end what changes it beside the watcher";
    case StoreTrouble::full:
      return ": make room on its file system, or lower store.keep";
    case StoreTrouble::corrupt:
      return ": what it holds is not what was written; look at the disk";
    case StoreTrouble::other_version:
    case StoreTrouble::failed:
      break;
  }
  return "";
}

}  // namespace

Database::Database(const std::string& path, Access access) : path_(path) {
  const int mode = access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(path.c_str(), &handle_, mode | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    note_failure(code);
    return;
  }
  sqlite3_extended_result_codes(handle_, 1);
  sqlite3_busy_timeout(handle_, patience_milliseconds);
  sqlite3_limit(handle_, SQLITE_LIMIT_LENGTH, longest_value);
  // The file may have been made by somebody who means ill: nothing in its schema may run anything.
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  run("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
}

Database::~Database() {
  // Zero, unless a statement outlives its database.
  CHECK(sqlite3_close(handle_) == SQLITE_OK);
}

void Database::note(StoreTrouble trouble, std::string message) {
  if (!trouble_) trouble_ = StoreError{trouble, std::move(message)};
}

void Database::note_failure(int code) {
  StoreTrouble trouble = trouble_of(code, handle_ == nullptr ? ENOMEM : sqlite3_system_errno(handle_));
  // A file that may be written and is "read-only" all the same: its header says so, and nothing of ours wrote that.
  if (code == SQLITE_READONLY && ::access(path_.c_str(), W_OK) == 0) trouble = StoreTrouble::corrupt;
  const char* words = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
  note(trouble, fmt::format("store {}: {}{}", path_, words, advice_for(trouble)));
}

void Database::run(const char* sql) {
  if (!well()) return;
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) note_failure(code);
}

int64_t Database::number(const char* sql) {
  Statement statement(*this, sql);
  return statement.with().next() ? statement.integer(0) : 0;
}

int64_t Database::inserted() const {
  return sqlite3_last_insert_rowid(handle_);
}

void Database::end_statements() {
  for (sqlite3_stmt* one = sqlite3_next_stmt(handle_, nullptr); one != nullptr;
       one = sqlite3_next_stmt(handle_, one))
    sqlite3_reset(one);
}

void Database::roll_back() {
  end_statements();
  // Some failures (a full disk) have ended the transaction already.
  if (sqlite3_get_autocommit(handle_) == 0) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Statement::Statement(Database& database, std::string_view sql) : database_(&database) {
  if (!database.well()) return;
  const int code = sqlite3_prepare_v3(database.handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
  if (code != SQLITE_OK) database.note_failure(code);
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), handle_(std::exchange(other.handle_, nullptr)) {}

Statement::~Statement() {
  sqlite3_finalize(handle_);
}

void Statement::reset() {
  if (handle_ != nullptr) sqlite3_reset(handle_);
}

bool Statement::next() {
  if (!database_->well()) {
    reset();
    return false;
  }
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_->note_failure(code);
  reset();
  return false;
}

void Statement::run() {
  next();
}

void Statement::bind(int place, std::nullopt_t) {
  if (handle_ != nullptr) sqlite3_bind_null(handle_, place);
}

void Statement::bind_integer(int place, int64_t value) {
  if (handle_ != nullptr) sqlite3_bind_int64(handle_, place, value);
}

// A null pointer would be NULL and not the empty text.
void Statement::bind(int place, std::string_view value) {
  if (handle_ == nullptr) return;
  const char* begin = value.data() == nullptr ? "" : value.data();
  const int code = sqlite3_bind_text64(handle_, place, begin, value.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) database_->note_failure(code);
}

void Statement::bind(int place, Blob value) {
  if (handle_ == nullptr) return;
  const char* begin = value.bytes.data() == nullptr ? "" : value.bytes.data();
  const int code = sqlite3_bind_blob64(handle_, place, begin, value.bytes.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) database_->note_failure(code);
}

bool Statement::has_type(int column, int type) {
  if (sqlite3_column_type(handle_, column) == type) return true;
  database_->note(
      StoreTrouble::corrupt,
      fmt::format("store {}: column {} of a row is of another type than was written{}", database_->path(),
                  sqlite3_column_name(handle_, column), advice_for(StoreTrouble::corrupt)));
  return false;
}

int64_t Statement::integer(int column) {
  return has_type(column, SQLITE_INTEGER) ? sqlite3_column_int64(handle_, column) : 0;
}

std::string_view Statement::text(int column) {
  if (!has_type(column, SQLITE_TEXT)) return "";
  const void* begin = sqlite3_column_text(handle_, column);
  return {static_cast<const char*>(begin), static_cast<size_t>(sqlite3_column_bytes(handle_, column))};
}

std::string_view Statement::blob(int column) {
  if (!has_type(column, SQLITE_BLOB)) return "";
  const void* begin = sqlite3_column_blob(handle_, column);
  if (begin == nullptr) return "";
  return {static_cast<const char*>(begin), static_cast<size_t>(sqlite3_column_bytes(handle_, column))};
}

bool Statement::is_null(int column) {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

Work::Work(Database& database, Access access) : database_(database) {
  database_.forget_trouble();
  database_.run(access == Access::write ? "BEGIN IMMEDIATE" : "BEGIN");
}

Work::~Work() {
  if (under_way_) database_.roll_back();
}

std::optional<StoreError> Work::end() {
  database_.end_statements();
  database_.run("COMMIT");
  under_way_ = false;
  if (database_.well()) return std::nullopt;
  database_.roll_back();
  return database_.trouble();
}

}  // namespace astray::watch
