#include "gateway/configuration/yaml_tree.h"

#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace astray::gateway {
namespace {

SourceSpan place_of(const YAML::Mark& mark, SourceFileId file) {
  if (mark.is_null()) return {file, 0, 0};
  return {file, static_cast<uint32_t>(mark.line) + 1, static_cast<uint32_t>(mark.column) + 1};
}

/// Builds the tree from the parser's events. Leaves the parser by exception where a limit is passed, since
/// nothing else ends it early.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(SourceFileId file, const YamlLimits& limits, size_t& nodes)
      : file_(file), limits_(limits), nodes_(nodes) {}

  void OnDocumentStart(const YAML::Mark& mark) override { begin_ = place_of(mark, file_); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    put(leaf(mark, YamlNode::Kind::nothing, ""));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw YAML::ParserException(mark, "anchors and aliases are not read; write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    put(leaf(mark, tag == "!" ? YamlNode::Kind::quoted : YamlNode::Kind::plain, value));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override { close(); }

  YamlNode take() { return std::move(root_); }
  SourceSpan begin() const { return begin_; }

 private:
  /// A list or map whose end has not come.
  struct Open {
    YamlNode node;
    std::optional<YamlMember> member;  ///< of a map: the key whose value comes next
  };

  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0)
      throw YAML::ParserException(mark, "anchors and aliases are not read; write the value out");
  }
  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!")
      throw YAML::ParserException(mark, "tags (\"!…\") are not read; leave it out");
  }

  YamlNode leaf(const YAML::Mark& mark, YamlNode::Kind kind, const std::string& text) {
    if (++nodes_ > limits_.nodes)
      throw YAML::ParserException(mark, fmt::format("there are more than {} values", limits_.nodes));
    YamlNode node;
    node.kind = kind;
    node.place = place_of(mark, file_);
    node.text = text;
    return node;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (open_.size() >= limits_.depth)
      throw YAML::ParserException(mark, fmt::format("this is nested more than {} deep", limits_.depth));
    if (!open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().member)
      throw YAML::ParserException(mark, "a key is a list or a set of keys; expected a word");
    open_.push_back({leaf(mark, kind, ""), std::nullopt});
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    put(std::move(node));
  }

  void put(YamlNode node) {
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
  const YamlLimits& limits_;
  size_t& nodes_;
  SourceSpan begin_;
  YamlNode root_;
  std::vector<Open> open_;
};

YamlError error_of(const YAML::Exception& exception, SourceFileId file) {
  // "*.example.com" without quotes is an alias to YAML.
  const bool wants_quotes = exception.msg == YAML::ErrorMsg::UNKNOWN_ANCHOR;
  return {place_of(exception.mark, file),
          fmt::format("this is not YAML that can be read: {}{}", exception.msg,
                      wants_quotes ? " (what begins with \"*\" stands in quotes)" : "")};
}

}  // namespace

const YamlNode* YamlNode::member(std::string_view name) const {
  for (const YamlMember& each : members)
    if (each.name == name) return &each.value;
  return nullptr;
}

YamlDocuments read_yaml_documents(std::string_view text, SourceFileId file, const YamlLimits& limits) {
  YamlDocuments read;
  if (text.size() > limits.bytes) {
    read.problems.push_back(
        {{file, 0, 0},
         fmt::format("{} bytes are too many; expected at most {}", text.size(), limits.bytes)});
    return read;
  }
  std::istringstream stream{std::string(text)};
  size_t nodes = 0;
  SourceSpan last;
  try {
    YAML::Parser parser(stream);
    for (;;) {
      TreeBuilder builder(file, limits, nodes);
      if (!parser.HandleNextDocument(builder)) return read;
      // Before a sign that begins no value, such as a stray "]", yaml-cpp finds empty documents without end.
      if (!read.documents.empty() && builder.begin() == last) {
        read.documents.pop_back();
        read.problems.push_back({last, "this begins no value; expected the end of the document, or \"---\""});
        return read;
      }
      last = builder.begin();
      read.documents.push_back(builder.take());
    }
  } catch (const YAML::Exception& exception) {
    read.problems.push_back(error_of(exception, file));
  }
  return read;
}

Result<YamlNode, YamlError> read_yaml(std::string_view text) {
  YamlDocuments read = read_yaml_documents(text, SourceFileId{0});
  if (!read.problems.empty()) return Failure<YamlError>(std::move(read.problems.front()));
  if (read.documents.size() > 1)
    return Failure<YamlError>(YamlError{read.documents[1].place,
                                        "a second YAML document begins here; expected one document"});
  if (read.documents.empty())
    return YamlNode{YamlNode::Kind::nothing, {SourceFileId{0}, 1, 1}, {}, {}, {}};
  return std::move(read.documents.front());
}

}  // namespace astray::gateway
