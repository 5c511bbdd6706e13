#include "watch/outlets/nats/agent_share.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <vector>

#include "base/json_writer.h"

namespace astray::watch {
namespace {

namespace dom = simdjson::dom;

constexpr int64_t note_version = 1;
constexpr int64_t most_milliseconds = 600'000;
constexpr size_t most_nodes = 20'000;

}  // namespace

std::string write_agent_note(const AgentNote& note) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("version").number(note_version);
  json.member("agent", note.agent).member("instance", note.instance);
  json.key("every_ms").number(std::chrono::duration_cast<std::chrono::milliseconds>(note.every).count());
  json.key("nodes").begin_array();
  for (const std::string& node : note.nodes) json.string(node);
  json.end_array().end_object();
  return text;
}

Result<AgentNote> read_agent_note(std::string_view json) {
  dom::parser parser;
  dom::object root;
  if (parser.parse(json).get(root) != simdjson::SUCCESS) return failure("it is no JSON object");
  int64_t version = 0, milliseconds = 0;
  if (root.at_key("version").get(version) != simdjson::SUCCESS || version != note_version)
    return failure("it is of another version of astray");
  AgentNote note;
  for (const auto& [name, into] : {std::pair("agent", &note.agent), std::pair("instance", &note.instance)}) {
    std::string_view text;
    if (root.at_key(name).get(text) != simdjson::SUCCESS || text.empty())
      return failure(fmt::format("\"{}\" is no text", name));
    *into = text;
  }
  if (root.at_key("every_ms").get(milliseconds) != simdjson::SUCCESS || milliseconds < 1 ||
      milliseconds > most_milliseconds)
    return failure("\"every_ms\" is no time that is possible");
  note.every = std::chrono::milliseconds(milliseconds);
  dom::array nodes;
  if (root.at_key("nodes").get(nodes) != simdjson::SUCCESS) return failure("\"nodes\" is no array");
  if (nodes.size() > most_nodes) return failure("\"nodes\" has too many");
  for (const dom::element node : nodes) {
    std::string_view text;
    if (node.get(text) != simdjson::SUCCESS) return failure("a node is no text");
    note.nodes.emplace(text);
  }
  return note;
}

void AgentShare::hear(AgentNote note, MonotonicTime now) {
  if (note.instance == instance_) return;
  const auto known = others_.find(note.instance);
  if (known == others_.end() && others_.size() == most_agents) return;
  const MonotonicTime until = now + notes_missed * note.every + way;
  std::string instance = note.instance;
  others_.insert_or_assign(std::move(instance), Heard{std::move(note), until});
}

std::set<std::string> AgentShare::take(const std::set<std::string>& nodes, MonotonicTime now) {
  std::erase_if(others_, [now](const auto& other) { return other.second.until < now; });
  // Who knows each node, in one order for all.
  std::map<std::string_view, std::vector<std::string_view>> agents_of;
  for (const std::string& node : nodes) agents_of[node].push_back(instance_);
  for (const auto& [instance, heard] : others_)
    for (const std::string& node : heard.note.nodes) agents_of[node].push_back(instance);
  std::map<std::string_view, size_t> load;
  std::set<std::string> mine;
  for (auto& [node, agents] : agents_of) {
    std::sort(agents.begin(), agents.end());
    const std::string_view least =
        *std::min_element(agents.begin(), agents.end(),
                          [&](std::string_view a, std::string_view b) { return load[a] < load[b]; });
    ++load[least];
    if (least == instance_) mine.emplace(node);
  }
  std::set<std::string> asked = mine;
  for (const std::string& node : nodes)
    if (!mine_ || mine_->contains(node)) asked.insert(node);
  mine_ = std::move(mine);
  return asked;
}

std::optional<std::string> AgentShare::trouble() const {
  const bool has_namesake = std::any_of(others_.begin(), others_.end(),
                                        [&](const auto& other) { return other.second.note.agent == agent_; });
  if (!has_namesake) return std::nullopt;
  return fmt::format("another agent of the region is called {} too; give each its own nats.agent", agent_);
}

}  // namespace astray::watch
