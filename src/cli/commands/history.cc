#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/ascii.h"
#include "base/nearest.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/history_report.h"
#include "cli/instant_text.h"
#include "cli/watch_settings_file.h"
#include "watch/store/sqlite_store.h"

namespace astray::history_command {
namespace {

constexpr std::string_view formats[] = {"human", "json", "jsonl"};

constexpr Operand operands[] = {
    {.name = "NAME",
     .help = "A name that is watched; with a second one, the name that connections were opened for."},
    {.name = "NAME2",
     .help = "The name that was asked for on them; without it the name's own answers are told.",
     .required = false},
};

constexpr Option options[] = {
    {.name = "--store",
     .value = "FILE",
     .help = "The store of the watcher. It is only read, also while a watcher writes it.",
     .kind = ValueKind::file},
    {.name = "--config",
     .value = "FILE",
     .help = "The settings that say where the store is, when --store does not.",
     .kind = ValueKind::file,
     .default_value = "watch.yaml",
     .short_name = 'c'},
    {.name = "--node", .value = "ADDRESS", .help = "Only this node: 192.0.2.1:443.", .kind = ValueKind::text},
    {.name = "--since",
     .value = "TIME",
     .help = "Leave out what ended before: 2026-03-31 or 2026-03-31T12:00:00Z.",
     .kind = ValueKind::text},
    {.name = "--until", .value = "TIME", .help = "Leave out what began later.", .kind = ValueKind::text},
    {.name = "--problems",
     .value = "",
     .help = "Only what people were told: problems opened, grown, resolved, accepted."},
    {.name = "--format",
     .value = "FORMAT",
     .help = "human; json, one object; jsonl, one line for the question and one for each span and event.",
     .kind = ValueKind::choice,
     .choices = formats,
     .default_value = "human"},
};

constexpr Example examples[] = {
    {"astray history www.example.com", "How the name was answered, since when, on which node."},
    {"astray history www.example.com shop.example.com --since 2026-11-01",
     "How shop.example.com was answered on connections opened for www.example.com."},
    {"astray history www.example.com --store /var/lib/astray/watch.db --problems",
     "What people were told of it."},
};

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "the past was told"},
    {ExitCode::failure, "the store cannot be read, or knows nothing of the name in that time"},
};

constexpr std::string_view see_also[] = {"watch", "probe", "explain"};

/// False when it is given and is no time.
bool read_time(const Arguments& arguments, std::string_view option, std::optional<Instant>& time,
               Console& console) {
  if (!arguments.has(option)) return true;
  time = parse_instant(arguments.value(option));
  if (!time)
    console.complain(fmt::format("history: {}: '{}' is no time: 2026-03-31 or 2026-03-31T12:00:00Z", option,
                                 arguments.value(option)));
  return time.has_value();
}

/// Nothing after a complaint.
std::optional<std::string> store_path(const Arguments& arguments, Console& console) {
  if (arguments.has("--store")) return std::string(arguments.value("--store"));
  const auto settings = good_watch_settings(std::string(arguments.value("--config")), console);
  if (!settings) return std::nullopt;
  if (!settings->store.path.empty()) return settings->store.path;
  console.complain(
      fmt::format("history: {} names no store, so nothing is remembered: add `store:` to it, or name one "
                  "with --store",
                  arguments.value("--config")));
  return std::nullopt;
}

/// Where the name is known, else "; did you mean …" of the names that are there at present.
std::string suggestion(watch::Store& store, const std::string& name) {
  const auto present = store.present({});
  if (!present) return "";
  std::vector<std::string_view> names;
  std::set<std::string> nodes;
  for (const watch::Span& span : *present) {
    if (span.key.is_baseline()) names.push_back(span.key.authority);
    if (span.key.authority == name) nodes.insert(span.key.node);
  }
  if (!nodes.empty()) return fmt::format(": it is known on {}", fmt::join(nodes, ", "));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return did_you_mean(name, names);
}

/// Of the whole watch, and so of every name, also of one that it never heard of.
bool is_of_all(const watch::ProblemEvent& event) {
  return event.problem.kind == watch::ProblemKind::watcher_impaired ||
         event.problem.kind == watch::ProblemKind::nothing_answers;
}

bool is_empty(const watch::History& history, HistoryPart part) {
  const bool has_no_events = std::all_of(history.events.begin(), history.events.end(), is_of_all);
  return history.spans.empty() ? has_no_events : part == HistoryPart::problems && history.events.empty();
}

ExitCode tell_nothing(const watch::History& history, HistoryPart part, watch::Store& store,
                      Console& console) {
  const auto& question = history.question;
  const std::string subject = question.from == question.to
                                  ? question.to
                                  : fmt::format("{} on connections for {}", question.to, question.from);
  if (part == HistoryPart::problems && !history.spans.empty()) {
    console.note(fmt::format("history: no problem was told of {} in that time", subject));
    return ExitCode::success;
  }
  return console.fail(fmt::format("history: the store knows nothing of {}{}{}", subject,
                                  question.node || question.since || question.until ? " there and then" : "",
                                  suggestion(store, question.to)));
}

ExitCode run(const Arguments& arguments, Console& console) {
  watch::HistoryQuestion question;
  question.from = ascii_lower(arguments.operands().front());
  question.to = ascii_lower(arguments.operands().back());
  if (arguments.has("--node")) question.node = arguments.value("--node");
  if (!read_time(arguments, "--since", question.since, console) ||
      !read_time(arguments, "--until", question.until, console))
    return ExitCode::failure;
  const auto path = store_path(arguments, console);
  if (!path) return ExitCode::failure;
  const auto store = watch::read_store(*path);
  if (!store) return console.fail("history: " + store.error().message);
  const auto history = watch::history_of(**store, question);
  if (!history) return console.fail("history: " + history.error().message);
  const HistoryPart part = arguments.has("--problems") ? HistoryPart::problems : HistoryPart::all;
  if (is_empty(*history, part)) return tell_nothing(*history, part, **store, console);
  write_history(*history, part, arguments.value("--format"), console.out);
  return ExitCode::success;
}

}  // namespace

constinit const Command command = {
    .name = "history",
    .summary = "tell a name's or a pair's past, as the watcher saw it",
    .description =
        "Out of the store that `astray watch` writes: how a name was answered, or one name on connections "
        "opened for "
        "another, since when and on which node; what changed from one answer to the next; and which problems "
        "people "
        "were told of. Nothing is asked of any server. The store may be in use by a watcher meanwhile.",
    .operands = operands,
    .options = options,
    .examples = examples,
    .exit_codes = exit_codes,
    .see_also = see_also,
    .run = run,
};

}  // namespace astray::history_command
