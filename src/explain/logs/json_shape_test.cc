#include "explain/logs/json_shape.h"

#include <gtest/gtest.h>

#include "explain/logs/json_format.h"

namespace astray::explain::json_shape_test {
namespace {

std::vector<std::string> values_of(const JsonShape& shape, const std::string& line) {
  std::vector<std::string> values;
  if (!JsonShape::is_plain(line) || !shape.read(line, [&](size_t, std::string_view text) { values.emplace_back(text); })) return {"another"};
  return values;
}

TEST(JsonShape, ReadsLinesThatAreAlike) {
  JsonShape shape;
  const std::string_view first = R"({"a":"1", "b" : 2,"c":""})";
  const auto names = shape.learn(first);
  ASSERT_TRUE(names.has_value());
  ASSERT_EQ(names->size(), 3U);
  EXPECT_TRUE(std::string_view((*names)[1]).starts_with("b\" : 2"));
  using Values = std::vector<std::string>;
  EXPECT_EQ(values_of(shape, R"({"a":"x y{},:", "b" : -42.5,"c":"z"})"), (Values{"x y{},:", "-42.5", "z"}));
  for (const char* other :
       {R"({"a":"1","b" : 2,"c":""})", R"({"a":"1", "b" : "2","c":""})", R"({"a":"1", "b" : 2,"c":""}x)", R"({"a":"1", "b" : 2,"c":"")",
        R"({"a":"1", "b" : 2,"c":"", "d":1})", R"({"a":"1", "b" : -,"c":""})", R"({"a":"1", "b" : .5,"c":""})", R"({"a":"1", "b" : 1e3,"c":""})",
        R"({"a":"1", "b" : true,"c":""})", R"({"a":"1\"", "b" : 2,"c":""})", "{\"a\":\"\t\", \"b\" : 2,\"c\":\"\"}",
        "{\"a\":\"\xc3\xa4\", \"b\" : 2,\"c\":\"\"}", "", "{"})
    EXPECT_EQ(values_of(shape, other), Values{"another"}) << other;
}

TEST(JsonShape, LearnsFlatObjectsAlone) {
  for (const char* line : {R"({"a":{"b":1}})", R"({"a":[1]})", R"({"a":null})", R"({"a":1)", R"({})", R"({"a" 1})", R"({"a":"1"} )", ""}) {
    JsonShape shape;
    EXPECT_FALSE(shape.learn(line).has_value()) << line;
    EXPECT_TRUE(shape.empty());
  }
}

/// A line is read as it is alone, whatever came before it.
TEST(JsonShape, ChangesNothingOfWhatALineTells) {
  const std::string first = R"({"time":"x","ssl_server_name":"a.test","http_host":"b.test","status":421,"request":"GET / HTTP/2.0"})";
  std::vector<std::string> lines = {first};
  for (size_t at = 0; at < first.size(); ++at) {
    lines.push_back(first.substr(0, at));
    for (const char c : {'"', '\\', '{', '}', ',', ':', ' ', '1', '\t', '\xff'}) {
      std::string changed = first;
      changed[at] = c;
      lines.push_back(changed);
      changed.insert(at, 1, '"');
      lines.push_back(changed);
    }
  }
  for (const std::string& line : lines) {
    const auto told = [&](JsonReader& reader, const std::string& text) {
      const std::string padded = text + std::string(JsonReader::padding, '\0');
      FieldReader fields;
      TextArena arena;
      Sighting s;
      const JsonReader::Outcome outcome = reader.read(std::string_view(padded).substr(0, text.size()), fields, arena, s);
      if (outcome == JsonReader::Outcome::not_json) return std::string("not JSON");
      return std::to_string(static_cast<int>(outcome)) + " " + std::string(s.sni.text) + " " + std::string(s.authority.text) + " " +
             std::to_string(s.status) + " " + std::string(s.method.text) + " " + std::string(s.path.text) +
             (s.protocol ? std::string(to_string(*s.protocol)) : "") + std::to_string(static_cast<int>(s.sni.state));
    };
    JsonReader fresh({});
    JsonReader learned({});
    told(learned, first);
    const std::string alone = told(fresh, line);
    EXPECT_EQ(told(learned, line), alone) << line;
  }
}

}  // namespace
}  // namespace astray::explain::json_shape_test
