#include "cli/arguments.h"

#include "base/check.h"

namespace astray {

std::string_view Arguments::value(std::string_view option) const {
  const Option* known = find_option(*command_, option);
  CHECK(known != nullptr);
  const auto found = values_.find(option);
  return found == values_.end() ? known->default_value : std::string_view(found->second.back());
}

const std::vector<std::string>& Arguments::values(std::string_view option) const {
  CHECK(find_option(*command_, option) != nullptr);
  static const std::vector<std::string> none;
  const auto found = values_.find(option);
  return found == values_.end() ? none : found->second;
}

std::vector<std::string> Arguments::list(std::string_view option) const {
  std::vector<std::string> elements;
  for (const std::string& value : values(option)) {
    size_t begin = 0;
    while (true) {
      const size_t comma = value.find(',', begin);
      elements.push_back(value.substr(begin, comma - begin));
      if (comma == std::string::npos) break;
      begin = comma + 1;
    }
  }
  return elements;
}

void Arguments::add(std::string_view option, std::vector<std::string> values) {
  values_[std::string(option)] = std::move(values);
}

}  // namespace astray
