#include <simdjson.h>

#include <bit>
#include <cstring>
#include <deque>
#include <unordered_map>

#include "base/ascii.h"
#include "base/utf8.h"
#include "explain/logs/json_format.h"
#include "explain/logs/json_shape.h"

namespace astray::explain {
namespace {

namespace ondemand = simdjson::ondemand;
static_assert(JsonReader::padding >= simdjson::SIMDJSON_PADDING);

constexpr int most_levels = 6;

/// A key up to its quote; one with an escape is nobody's.
std::string_view text_of(const char* key) {
  const char* end = key;
  while (*end != '"') end += *end == '\\' ? 2 : 1;
  return {key, static_cast<size_t>(end - key)};
}

/// What a member means: a field, an object with such members in it, or both.
struct Member {
  LogField field = LogField::ignored;
  LogServer server = LogServer::unknown;
  struct Members* inner = nullptr;
};

struct Members {
  std::unordered_map<std::string_view, Member> by_name;
  /// The members of the line before, in their order: lines of one log mostly have the same.
  struct Expected {
    std::string name;
    const Member* member;
    bool is_at(const char* key) const {
      return std::memcmp(key, name.data(), name.size()) == 0 && key[name.size()] == '"';
    }
  };
  std::vector<Expected> expected;

  const Member* find(const char* key, size_t position) {
    // The bytes behind a key are the rest of the line and its padding; a name is never longer than that.
    if (position < expected.size() && expected[position].is_at(key)) return expected[position].member;
    const std::string_view name = text_of(key);
    if (name.size() > JsonReader::padding) return nullptr;
    const auto found = by_name.find(name);
    const Member* member = found == by_name.end() ? nullptr : &found->second;
    constexpr size_t most_expected = 256;
    if (position < expected.size()) {
      expected[position] = {std::string(name), member};
    } else if (position == expected.size() && position < most_expected) {
      expected.push_back({std::string(name), member});
    }
    return member;
  }
};

}  // namespace

struct JsonReader::Parts {
  ondemand::parser parser;
  std::deque<Members> storage;
  std::deque<std::string> names;
  Members* root = nullptr;

  // Of the line being read.
  FieldReader* fields = nullptr;
  TextArena* arena = nullptr;
  Sighting* sighting = nullptr;
  bool has_escapes = false;

  // Of the lines before.
  JsonShape shape;
  std::vector<const Member*> shape_members;  ///< by the shape's values; nullptr: of no use
  uint32_t others = 0;                       ///< lines since the last one of this shape

  void add(const JsonField& field, bool replace) {
    // A member whose name has dots in it, and the same path through objects: both are found.
    place(*root, field.path, field, replace);
    Members* at = root;
    std::string_view rest = field.path;
    while (true) {
      const size_t dot = rest.find('.');
      if (dot == std::string_view::npos) break;
      names.emplace_back(rest.substr(0, dot));
      Member& member = at->by_name[names.back()];
      if (member.inner == nullptr) member.inner = &storage.emplace_back();
      at = member.inner;
      rest.remove_prefix(dot + 1);
    }
    if (at != root) place(*at, rest, field, replace);
  }
  void place(Members& members, std::string_view name, const JsonField& field, bool replace) {
    names.emplace_back(name);
    const auto [at, fresh] = members.by_name.try_emplace(names.back());
    if (!fresh && !replace && at->second.inner == nullptr) return;
    at->second.field = field.field;
    at->second.server = field.server;
  }

  bool read_object(ondemand::object object, Members& members, int level) {
    size_t position = 0;
    for (auto field : object) {
      ondemand::raw_json_string key;
      if (field.key().get(key) != simdjson::SUCCESS) return false;
      const Member* member = members.find(key.raw(), position++);
      if (member == nullptr) continue;
      ondemand::value value;
      if (field.value().get(value) != simdjson::SUCCESS) return false;
      if (!read_value(value, *member, level)) return false;
    }
    return true;
  }

  bool read_value(ondemand::value value, const Member& member, int level) {
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return false;
    if (type == ondemand::json_type::object) {
      ondemand::object inner;
      if (member.inner == nullptr || level >= most_levels) return true;
      return value.get_object().get(inner) == simdjson::SUCCESS && read_object(inner, *member.inner, level + 1);
    }
    if (member.field == LogField::ignored && member.server == LogServer::unknown) return true;
    if (sighting->server == LogServer::unknown) sighting->server = member.server;
    if (type == ondemand::json_type::array) {
      ondemand::array array;
      if (value.get_array().get(array) != simdjson::SUCCESS) return false;
      for (auto element : array) {
        ondemand::value first;
        if (element.get(first) != simdjson::SUCCESS) return false;
        return read_value(first, Member{member.field, member.server, nullptr}, level);
      }
      return true;
    }
    if (type == ondemand::json_type::null) {
      fields->read(member.field, "", *sighting);
      return true;
    }
    std::string_view token = value.raw_json_token();
    if (token.empty() || token.back() <= ' ') token = ascii_trim(token);
    if (type == ondemand::json_type::string) {
      if (token.size() < 2) return false;
      token = token.substr(1, token.size() - 2);
      if (has_escapes && std::memchr(token.data(), '\\', token.size()) != nullptr) {
        std::string_view plain;
        if (value.get_string().get(plain) != simdjson::SUCCESS) return false;
        token = arena->keep(plain);
      }
    }
    // A value that has not the form of its field is as good as none; the line still tells the rest.
    fields->read(member.field, token, *sighting);
    return true;
  }

  /// Without a parser, where the line has the shape of one before. Otherwise the sighting is as it was.
  bool read_alike(std::string_view line) {
    if (!shape.begins(line) || !JsonShape::is_plain(line)) return false;
    const bool alike = shape.read(line, [this](size_t index, std::string_view text) {
      const Member* const member = shape_members[index];
      if (member == nullptr || (member->field == LogField::ignored && member->server == LogServer::unknown)) return;
      if (sighting->server == LogServer::unknown) sighting->server = member->server;
      fields->read(member->field, text, *sighting);
    });
    if (!alike) *sighting = Sighting{};
    return alike;
  }

  /// Shapes are learned anew, and ever more seldom where that is of no use.
  void learn(std::string_view line) {
    ++others;
    if (!std::has_single_bit(others) || !JsonShape::is_plain(line)) return;
    shape_members.clear();
    const std::optional<std::vector<const char*>> learned = shape.learn(line);
    if (!learned) return;
    for (const char* name : *learned) shape_members.push_back(root->find(name, shape_members.size()));
  }

  bool read(std::string_view line) {
    if (read_alike(line)) {
      others = 0;
      return true;
    }
    if (!parse(line)) return false;
    learn(line);
    return true;
  }

  bool parse(std::string_view line) {
    has_escapes = std::memchr(line.data(), '\\', line.size()) != nullptr;
    ondemand::document document;
    if (parser.iterate(line.data(), line.size(), line.size() + padding).get(document) != simdjson::SUCCESS)
      return false;
    ondemand::object object;
    if (document.get_object().get(object) != simdjson::SUCCESS) return false;
    // Two objects on one line are two processes that wrote at once.
    return read_object(object, *root, 0) && document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  }
};

JsonReader::JsonReader(std::span<const JsonField> given) : parts_(std::make_unique<Parts>()) {
  parts_->root = &parts_->storage.emplace_back();
  for (const JsonField& field : known_json_fields()) parts_->add(field, false);
  for (const JsonField& field : given) parts_->add(field, true);
}
JsonReader::JsonReader(JsonReader&&) noexcept = default;
JsonReader::~JsonReader() = default;

JsonReader::Outcome JsonReader::read(std::string_view line, FieldReader& fields, TextArena& arena,
                                     Sighting& sighting) {
  parts_->fields = &fields;
  parts_->arena = &arena;
  parts_->sighting = &sighting;
  if (parts_->read(line)) return Outcome::read;
  // simdjson refuses the whole line when a byte is no UTF-8, which clients can bring about at will.
  const std::string repaired = well_formed_utf8(line);
  if (repaired == line) return Outcome::not_json;
  sighting = Sighting{};
  return parts_->read(arena.keep(repaired, padding)) ? Outcome::read_after_repair : Outcome::not_json;
}

std::optional<std::string_view> JsonReader::text_in(std::string_view line, std::string_view name, TextArena& arena) {
  ondemand::document document;
  std::string_view text;
  if (parts_->parser.iterate(line.data(), line.size(), line.size() + padding).get(document) != simdjson::SUCCESS ||
      document[name].get_string().get(text) != simdjson::SUCCESS)
    return std::nullopt;
  return arena.keep(text, padding);
}

}  // namespace astray::explain
