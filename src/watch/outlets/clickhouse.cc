#include "watch/outlets/clickhouse.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.h"
#include "watch/outlets/clickhouse_rows.h"
#include "watch/settings/secret_file.h"

namespace astray::watch {
namespace {

/// An insert of ten thousand rows into a busy server takes a while.
constexpr Duration insert_timeout = std::chrono::seconds(60);

/// Of dbms/src/Common/ErrorCodes.cpp, which later versions keep.
constexpr int unknown_table = 60;
constexpr int unknown_database = 81;
/// CANNOT_PARSE_…, INCORRECT_DATA, UNKNOWN_TYPE, TYPE_MISMATCH, NO_SUCH_COLUMN_IN_TABLE and their like.
constexpr std::array unreadable_codes = {6, 16, 26, 27, 33, 38, 41, 50, 53, 70, 72, 117, 130, 131, 354};

/// ClickHouse begins what it says of an error with "Code: 60, "; 0 when it does not.
int error_code(std::string_view body) {
  constexpr std::string_view mark = "Code: ";
  const size_t at = body.find(mark);
  if (at == std::string_view::npos) return 0;
  int code = 0;
  body.remove_prefix(at + mark.size());
  std::from_chars(body.data(), body.data() + body.size(), code);
  return code;
}

std::string query_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<Outlet>> ClickHouse::create(const ClickHouseSettings& settings, OutletTools tools) {
  const Result<Url, UrlError> url = Url::parse(settings.url);
  if (!url) return failure(fmt::format("clickhouse {}: {}", settings.url, describe(url.error())));
  std::string password;
  if (!settings.password_file.empty()) {
    Result<std::string> read = read_secret(settings.password_file);
    if (!read) return failure(fmt::format("clickhouse {}: {}", url->text(), read.error().message));
    password = std::move(*read);
  }
  return std::make_unique<ClickHouse>(*url, settings, std::move(password), std::move(tools));
}

ClickHouse::ClickHouse(Url url, ClickHouseSettings settings, std::string password, OutletTools tools)
    : url_(std::move(url)),
      settings_(std::move(settings)),
      password_(std::move(password)),
      name_(fmt::format("clickhouse {} {}", url_.text(), settings_.database)),
      tools_(std::move(tools)),
      courier_(name_, tools_, [this](std::vector<std::string> parts) { return deliver(std::move(parts)); }),
      batches_(tools_.seed) {}

std::optional<std::string> ClickHouse::parcel(const RoundRecord& round) const {
  if (round.answers.empty() && round.events.empty()) return std::nullopt;
  const std::string batch = fmt::format("{:x}-{:016x}", round.began.unix_seconds, batches_());
  const Store* const store = tools_.store();
  return rows_of(round, store == nullptr ? "" : store->id(), batch).encode();
}

/// Of a round: the rows of cells, and those of events.
Task<ClickHouse::Outcome> ClickHouse::deliver(std::vector<std::string> parts) {
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty()) continue;
    Task<Outcome> inserting = insert(i == 0 ? "cells" : "events", std::move(parts[i]));
    const Outcome outcome = co_await std::move(inserting);
    if (outcome != Outcome::taken) co_return outcome;
  }
  co_return Outcome::taken;
}

Task<ClickHouse::Outcome> ClickHouse::insert(std::string table, std::string rows) {
  const std::string query = clickhouse_insert(settings_.database, table);
  Task<Answer> first = ask(query, rows);
  Answer answer = co_await std::move(first);
  if (answer == Answer::table_missing) {
    const bool made = co_await make_tables();
    if (!made) co_return Outcome::again;
    Task<Answer> second = ask(query, std::move(rows));
    answer = co_await std::move(second);
  }
  if (answer == Answer::taken) co_return Outcome::taken;
  co_return answer == Answer::unreadable ? Outcome::unreadable : Outcome::again;
}

Task<bool> ClickHouse::make_tables() {
  const std::vector<std::string> statements = clickhouse_tables(settings_.database);
  for (const std::string& statement : statements) {
    Task<Answer> asking = ask(statement, "");
    const Answer answer = co_await std::move(asking);
    if (answer != Answer::taken) co_return false;
  }
  co_return true;
}

/// Rows go compressed, statements go in the target alone.
Task<ClickHouse::Answer> ClickHouse::ask(std::string query, std::string body) {
  Message message{.url = below(url_, "/?query=" + query_encoded(query)), .timeout = insert_timeout};
  if (!body.empty()) {
    // So that a later astray can say more than the tables of an earlier one hold.
    message.url.target += "&input_format_skip_unknown_fields=1";
    message.fields.add("Content-Encoding", "gzip");
  }
  if (!settings_.user.empty()) message.fields.add("X-ClickHouse-User", settings_.user);
  if (!password_.empty()) message.fields.add("X-ClickHouse-Key", password_);
  message.body = std::move(body);
  Task<Result<Acknowledgement>> sending = tools_.sender.send(std::move(message));
  const Result<Acknowledgement> answer = co_await std::move(sending);
  if (!answer) {
    courier_.set_trouble(answer.error().message);
    co_return Answer::again;
  }
  if (answer->is_success()) co_return Answer::taken;
  courier_.set_trouble(describe_refusal(*answer));
  const int code = error_code(answer->body);
  if (code == unknown_table || code == unknown_database) co_return Answer::table_missing;
  const bool unreadable = std::ranges::find(unreadable_codes, code) != unreadable_codes.end();
  co_return unreadable ? Answer::unreadable : Answer::again;
}

}  // namespace astray::watch
