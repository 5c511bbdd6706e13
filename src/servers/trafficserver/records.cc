#include "servers/trafficserver/records.h"

#include <fmt/format.h>

#include <charconv>

#include "base/ascii.h"
#include "gateway/configuration/yaml_tree.h"
#include "servers/trafficserver/lines.h"

namespace astray::trafficserver {
namespace {

using gateway::YamlMember;
using gateway::YamlNode;

constexpr std::string_view record_prefix = "proxy.config.";

/// "proxy.config.http.server_ports" → "PROXY_CONFIG_HTTP_SERVER_PORTS".
std::string variable_of(std::string_view name) {
  std::string variable(name);
  for (char& c : variable) {
    if (c == '.') c = '_';
    else if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return variable;
}

}  // namespace

Records::Records(const std::vector<std::string>& environment) {
  for (const std::string& each : environment) {
    const size_t equals = each.find('=');
    if (equals != std::string::npos) environment_[each.substr(0, equals)] = {each.substr(equals + 1), {}};
  }
}

void Records::read_config(SourceFileId file, std::string_view text, Deployment& deployment) {
  for (const Line& line : lines_of(text, file, Continuation::none)) {
    const std::vector<Word> words = words_of(line);
    const auto complain = [&](std::string message) {
      deployment.problems.push_back({ReadProblem::Severity::warning, line.span_at(0), std::move(message)});
    };
    if (words.size() < 4) {
      complain("expected CONFIG, the record's name, its type (INT, STRING, FLOAT) and its value; Traffic Server skips the line");
      continue;
    }
    const std::string_view type = words[0].text;
    if (type != "CONFIG" && type != "LOCAL" && type != "PROCESS" && type != "NODE") {
      complain(fmt::format("'{}' is no kind of record; expected CONFIG. Traffic Server skips the line", type));
      continue;
    }
    const std::string_view rest = ascii_trim(std::string_view(line.text).substr(words[3].at));
    values_[std::string(words[1].text)] = {std::string(rest), line.span_at(words[1].at)};
  }
}

void Records::read_yaml(SourceFileId file, std::string_view text, Deployment& deployment) {
  const gateway::YamlDocuments read = gateway::read_yaml_documents(text, file);
  for (const gateway::YamlError& problem : read.problems)
    deployment.problems.push_back({ReadProblem::Severity::error, problem.place, problem.message});
  // Depth is bounded by read_yaml_documents.
  const auto take = [&](const auto& self, const YamlNode& node, const std::string& name, SourceSpan place) -> void {
    if (node.is_text() || node.kind == YamlNode::Kind::nothing) {
      values_[name] = {node.is_text() ? node.text : "NULL", place};
      return;
    }
    for (const YamlMember& each : node.members) self(self, each.value, name + "." + each.name, each.place);
  };
  for (const YamlNode& document : read.documents) {
    const YamlNode* records = document.member("records");
    if (records == nullptr) {
      if (document.kind != YamlNode::Kind::nothing)
        deployment.problems.push_back({ReadProblem::Severity::error, document.place,
                                       "expected `records:` at the top, with the records below it"});
      continue;
    }
    for (const YamlMember& each : records->members) take(take, each.value, std::string(record_prefix) + each.name, each.place);
  }
}

const Records::Value* Records::find(std::string_view name) const {
  if (const auto stated = environment_.find(variable_of(name)); stated != environment_.end()) return &stated->second;
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

Setting<std::string> Records::text(std::initializer_list<std::string_view> names, std::string_view fallback) const {
  for (const std::string_view name : names)
    if (const Value* value = find(name); value != nullptr && value->text != "NULL")
      return {value->text, value->span, Provenance::set};
  return {std::string(fallback), {}, Provenance::default_value};
}

Setting<int> Records::number(std::initializer_list<std::string_view> names, int fallback) const {
  const Setting<std::string> stated = text(names, "");
  Setting<int> made{fallback, stated.span, stated.provenance};
  const std::string& digits = stated.value;
  std::from_chars(digits.data(), digits.data() + digits.size(), made.value);
  if (digits == "true") made.value = 1;
  if (digits == "false") made.value = 0;
  return made;
}

}  // namespace astray::trafficserver
