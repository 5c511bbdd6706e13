#include "watch/page/page_query.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace astray::watch {

void PageQuery::complain(std::string sentence) {
  if (complaint_.empty()) complaint_ = std::move(sentence);
}

std::optional<std::string_view> PageQuery::take(std::string_view name) {
  taken_.emplace_back(name);
  if (std::ranges::count(request_.query, name, &web::QueryParameter::name) > 1)
    complain(fmt::format("{} is there twice", name));
  return request_.parameter(name);
}

std::optional<std::string> PageQuery::text(std::string_view name) {
  const auto value = take(name);
  if (!value) return std::nullopt;
  return std::string(*value);
}

std::string PageQuery::needed_text(std::string_view name) {
  auto value = text(name);
  if (!value) complain(fmt::format("{} is needed", name));
  return value.value_or("");
}

std::optional<size_t> PageQuery::number(std::string_view name, size_t least, size_t most) {
  const auto value = take(name);
  if (!value) return std::nullopt;
  size_t number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error != std::errc() || end != value->data() + value->size() || number < least || number > most)
    complain(fmt::format("{} is a whole number from {} to {}", name, least, most));
  return number;
}

size_t PageQuery::number(std::string_view name, size_t least, size_t most, size_t otherwise) {
  return number(name, least, most).value_or(otherwise);
}

std::optional<web::Answer> PageQuery::refusal() {
  for (const web::QueryParameter& sent : request_.query)
    if (std::ranges::find(taken_, sent.name) == taken_.end())
      complain(fmt::format("{} takes {}", request_.path,
                           taken_.empty() ? "no parameters" : fmt::format("{}", fmt::join(taken_, ", "))));
  if (complaint_.empty()) return std::nullopt;
  return web::plain_answer(400, complaint_ + "\n");
}

}  // namespace astray::watch
