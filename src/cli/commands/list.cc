#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "audit/rule.h"
#include "base/json_writer.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "explain/story/cause.h"
#include "report/layout.h"
#include "servers/model/server.h"
#include "verdict/client_profile.h"
#include "verdict/reason.h"

namespace astray::list_command {
namespace {

constexpr std::string_view formats[] = {"human", "json"};

constexpr Option options[] = {
    {.name = "--format",
     .value = "FORMAT",
     .help = "How the list is written.",
     .kind = ValueKind::choice,
     .choices = formats,
     .default_value = "human"},
};

constexpr Example examples[] = {
    {"astray list rules", "Show every rule of astray audit with its severity."},
    {"astray list causes", "What astray explain can find an incident to be; each has a page: astray explain CAUSE."},
    {"astray list clients --format json", "The client profiles, for a program."},
};

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "the list was printed"},
    {ExitCode::failure, "there is no such list"},
};

constexpr std::string_view see_also[] = {"explain", "audit"};

std::string_view to_string(ReasonGroup group) {
  switch (group) {
    case ReasonGroup::served:
      return "served";
    case ReasonGroup::handshake:
      return "handshake";
    case ReasonGroup::bad_request:
      return "bad-request";
    case ReasonGroup::misdirected:
      return "misdirected";
    case ReasonGroup::reuse:
      return "reuse";
    case ReasonGroup::retry:
      return "retry";
    case ReasonGroup::unknown:
      return "unknown";
  }
  return {};
}

Role role_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return Role::error;
    case Severity::warning:
      return Role::warning;
    case Severity::info:
      return Role::info;
  }
  return Role::plain;
}

/// A list as rows of named fields: JSON has all of them.
struct Field {
  std::string_view name;
  std::string text;
  Role role = Role::plain;
};
using Row = std::vector<Field>;

std::vector<Row> rules() {
  std::vector<Row> rows;
  for (const Rule* rule : all_rules()) {
    rows.push_back({{"id", std::string(rule->id), Role::strong},
                    {"severity", std::string(to_string(rule->severity)), role_of(rule->severity)},
                    {"confidence", std::string(to_string(rule->confidence))},
                    {"name", std::string(rule->name)},
                    {"summary", std::string(rule->summary)}});
  }
  return rows;
}

std::vector<Row> reasons() {
  std::vector<Row> rows;
  for (const ReasonInfo& reason : all_reasons()) {
    rows.push_back({{"id", std::string(reason.id), Role::strong},
                    {"group", std::string(to_string(reason.group))},
                    {"spec", std::string(reason.spec), Role::faint},
                    {"sentence", std::string(reason.sentence)}});
  }
  return rows;
}

std::vector<Row> causes() {
  std::vector<Row> rows;
  for (const explain::CauseInfo& cause : explain::all_causes()) {
    rows.push_back({{"id", std::string(cause.id), Role::strong},
                    {"sentence", std::string(cause.sentence)},
                    {"fix", std::string(cause.fix)}});
  }
  return rows;
}

std::vector<Row> servers() {
  std::vector<Row> rows;
  for (const Server& server : all_servers()) {
    rows.push_back({{"id", std::string(server.id), Role::strong},
                    {"name", std::string(server.display_name)},
                    {"newest", server.newest.text()},
                    {"versions", std::string(server.versions)}});
  }
  return rows;
}

std::vector<Row> clients() {
  std::vector<Row> rows;
  for (const ClientProfile* client : all_client_profiles()) {
    const bool coalesces = client->coalescing == Coalescing::across_names;
    rows.push_back({{"id", std::string(client->id), Role::strong},
                    {"coalesces", coalesces ? "yes" : "no"},
                    {"confidence", std::string(to_string(client->confidence))},
                    {"version_read", std::string(client->version_read), Role::faint},
                    {"name", std::string(client->display_name)},
                    {"retry_note", std::string(client->retry_note)},
                    {"source", std::string(client->source)}});
  }
  return rows;
}

struct List {
  std::string_view name;
  std::vector<Row> (*rows)();
  size_t columns;  ///< people get the fields that fit beside each other; the rest is in JSON and on the pages
};

constexpr List lists[] = {
    {"rules", rules, 5}, {"reasons", reasons, 4}, {"causes", causes, 2}, {"servers", servers, 4}, {"clients", clients, 5},
};

constexpr auto list_names = [] {
  std::array<std::string_view, std::size(lists)> all;
  for (size_t i = 0; i < all.size(); ++i) all[i] = lists[i].name;
  return all;
}();

constexpr Operand operands[] = {
    {.name = "WHAT", .help = "What to list.", .kind = ValueKind::choice, .choices = list_names},
};

ExitCode run(const Arguments& arguments, Console& console) {
  const std::string& what = arguments.operands().front();
  const List& list = *std::find_if(std::begin(lists), std::end(lists), [&](const List& each) { return each.name == what; });
  const std::vector<Row> rows = list.rows();
  std::string text;
  if (arguments.value("--format") == "json") {
    JsonWriter json(text, JsonWriter::Layout::indented);
    json.begin_array();
    for (const Row& row : rows) {
      json.begin_object();
      for (const Field& field : row) json.member(field.name, field.text);
      json.end_object();
    }
    json.end_array();
    console.out.output.write(text + '\n');
    return ExitCode::success;
  }
  if (rows.empty()) {
    console.note(fmt::format("there are no {}", what));
    return ExitCode::success;
  }
  std::vector<std::string> head;
  for (size_t i = 0; i < list.columns; ++i) head.emplace_back(rows.front()[i].name);
  Table table(std::move(head));
  for (const Row& row : rows) {
    std::vector<Table::Cell> cells;
    for (size_t i = 0; i < list.columns; ++i) cells.push_back({row[i].text, row[i].role});
    table.add(std::move(cells));
  }
  console.out.output.write(table.text(console.out.columns, 0, console.out.palette));
  return ExitCode::success;
}

}  // namespace

constinit const Command command = {
    .name = "list",
    .summary = "list rules, reasons, causes, servers or clients",
    .description =
        "rules: what astray audit looks for. reasons: why a request is answered, refused, or sent on a "
        "connection. causes: what leads to misdirected requests, as astray explain tells it. "
        "servers: what astray reads, and the versions at which their behaviour changes. clients: the "
        "programs whose "
        "behaviour it predicts, and how well that is known.",
    .operands = operands,
    .options = options,
    .examples = examples,
    .exit_codes = exit_codes,
    .see_also = see_also,
    .run = run,
};

}  // namespace astray::list_command
