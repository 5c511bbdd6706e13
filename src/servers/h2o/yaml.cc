#include "servers/h2o/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <optional>
#include <sstream>

namespace astray::h2o {
namespace {

size_t size_of(const YamlNode& node) {
  size_t size = 1;
  for (const YamlNode& each : node.items) size += size_of(each);
  for (const YamlMember& each : node.members) size += size_of(each.value);
  return size;
}

/// What is shared between a document and the files that stand in it.
struct Budget {
  FileSource& files;
  Deployment& deployment;
  size_t values = 0;
  size_t opened = 0;
};

YamlNode read_file(const std::string& path, std::string_view text, Budget& budget, size_t depth);

/// Builds the tree from the parser's events; leaves it by exception where a limit is passed.
class Builder : public YAML::EventHandler {
 public:
  Builder(SourceFileId file, std::string folder, Budget& budget, size_t outer_depth)
      : file_(file), folder_(std::move(folder)), budget_(budget), outer_depth_(outer_depth) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { put(anchor, leaf(mark, YamlNode::Kind::nothing, "")); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw YAML::ParserException(mark, "an alias within its own anchor has no end");
    spend(mark, size_of(found->second));
    put(0, YamlNode(found->second));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    if (tag == "!file") return put(anchor, included(mark, value));
    if (!tag.empty() && tag != "?" && tag != "!")
      throw YAML::ParserException(mark, fmt::format("the tag {} is not read; expected a value, or !file with a path", tag));
    put(anchor, leaf(mark, tag == "!" ? YamlNode::Kind::quoted : YamlNode::Kind::plain, value));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, anchor, YamlNode::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override { close(); }

  YamlNode take() { return std::move(root_); }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor;
    std::optional<YamlMember> member;  ///< of a map: the key whose value comes next
  };

  SourceSpan place_of(const YAML::Mark& mark) const {
    if (mark.is_null()) return {file_, 0, 0};
    return {file_, static_cast<uint32_t>(mark.line) + 1, static_cast<uint32_t>(mark.column) + 1};
  }

  void spend(const YAML::Mark& mark, size_t values) {
    budget_.values += values;
    if (budget_.values > max_values)
      throw YAML::ParserException(mark, fmt::format("there are more than {} values, aliases among them", max_values));
  }

  YamlNode leaf(const YAML::Mark& mark, YamlNode::Kind kind, const std::string& text) {
    spend(mark, 1);
    YamlNode node;
    node.kind = kind;
    node.place = place_of(mark);
    node.text = text;
    return node;
  }

  YamlNode included(const YAML::Mark& mark, const std::string& name) {
    const std::string path = resolve_path(folder_, name);
    if (outer_depth_ + open_.size() >= max_depth || ++budget_.opened > max_files)
      throw YAML::ParserException(mark, fmt::format("!file is nested or repeated without end (more than {} files)", max_files));
    const Result<std::string> text = budget_.files.read(path);
    if (!text) throw YAML::ParserException(mark, "!file: " + text.error().message);
    return read_file(path, *text, budget_, outer_depth_ + open_.size() + 1);
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind) {
    if (outer_depth_ + open_.size() >= max_depth)
      throw YAML::ParserException(mark, fmt::format("this is nested more than {} deep", max_depth));
    if (!open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().member)
      throw YAML::ParserException(mark, "a key is a list or a set of keys; expected a word");
    open_.push_back({leaf(mark, kind, ""), anchor, std::nullopt});
  }

  void close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    put(closed.anchor, std::move(closed.node));
  }

  /// "<<": keys that the map itself states win, and earlier merges win over later ones.
  static void merge(YamlNode& into, const YamlNode& from) {
    if (from.kind == YamlNode::Kind::list) {
      for (const YamlNode& each : from.items) merge(into, each);
      return;
    }
    for (const YamlMember& each : from.members)
      if (into.member(each.name) == nullptr) into.members.push_back(each);
  }

  static void merge_all(YamlNode& map) {
    std::vector<YamlNode> merged;
    std::erase_if(map.members, [&](YamlMember& each) {
      if (each.name != "<<") return false;
      merged.push_back(std::move(each.value));
      return true;
    });
    for (const YamlNode& each : merged) merge(map, each);
  }

  void put(YAML::anchor_t anchor, YamlNode node) {
    if (node.kind == YamlNode::Kind::map) merge_all(node);
    if (anchor != 0) {
      // The copy that aliases are made from counts as well.
      budget_.values += size_of(node);
      anchors_[anchor] = node;
    }
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& into = open_.back();
    if (into.node.kind == YamlNode::Kind::list) {
      into.node.items.push_back(std::move(node));
    } else if (!into.member) {
      into.member = YamlMember{std::move(node.text), node.place, {}};
    } else {
      into.member->value = std::move(node);
      into.node.members.push_back(*std::move(into.member));
      into.member.reset();
    }
  }

  SourceFileId file_;
  std::string folder_;
  Budget& budget_;
  size_t outer_depth_;
  YamlNode root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
};

YamlNode read_file(const std::string& path, std::string_view text, Budget& budget, size_t depth) {
  const SourceFileId file = budget.deployment.files.add(path);
  const auto complain = [&](SourceSpan span, std::string message) {
    budget.deployment.problems.push_back({ReadProblem::Severity::error, span, std::move(message)});
    return YamlNode{};
  };
  if (text.size() > max_bytes)
    return complain({file, 0, 0}, fmt::format("{} bytes are too many; expected at most {}", text.size(), max_bytes));
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    Builder builder(file, path.substr(0, path.rfind('/')), budget, depth);
    if (!parser.HandleNextDocument(builder)) return complain({file, 1, 1}, "the file is empty; expected h2o's configuration");
    return builder.take();
  } catch (const YAML::Exception& exception) {
    const bool wants_quotes = exception.msg == YAML::ErrorMsg::UNKNOWN_ANCHOR;
    const SourceSpan place = exception.mark.is_null()
                                 ? SourceSpan{file, 0, 0}
                                 : SourceSpan{file, static_cast<uint32_t>(exception.mark.line) + 1,
                                              static_cast<uint32_t>(exception.mark.column) + 1};
    return complain(place, fmt::format("this is not YAML that can be read: {}{}", exception.msg,
                                       wants_quotes ? " (what begins with \"*\" stands in quotes)" : ""));
  }
}

}  // namespace

YamlNode read_yaml(const std::string& path, std::string_view text, FileSource& files, Deployment& deployment) {
  Budget budget{files, deployment};
  return read_file(path, text, budget, 0);
}

}  // namespace astray::h2o
