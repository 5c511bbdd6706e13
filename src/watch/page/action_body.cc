#include "watch/page/action_body.h"

#include <algorithm>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/ascii.h"
#include "report/printable.h"

namespace astray::watch {
namespace {

namespace dom = simdjson::dom;

bool is_json(const std::optional<std::string>& content_type) {
  if (!content_type) return false;
  const std::string_view type = std::string_view(*content_type).substr(0, content_type->find(';'));
  return ascii_iequals(ascii_trim(type), "application/json");
}

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

struct ActionBody::Members {
  struct Member {
    std::string_view name;
    dom::element value;
    bool taken = false;
  };
  dom::parser parser;
  std::vector<Member> all;

  /// Null where there is none.
  Member* take(std::string_view name) {
    const auto found = std::ranges::find(all, name, &Member::name);
    if (found == all.end()) return nullptr;
    found->taken = true;
    return &*found;
  }
};

ActionBody::ActionBody(const web::Request& request) : members_(std::make_unique<Members>()) {
  if (!is_json(request.content_type)) {
    status_ = 415;
    complain("the body is not application/json");
    return;
  }
  dom::object object;
  if (members_->parser.parse(request.body).get(object) != simdjson::SUCCESS) {
    complain("the body is no JSON object");
    return;
  }
  for (const dom::key_value_pair member : object) {
    if (std::ranges::find(members_->all, member.key, &Members::Member::name) != members_->all.end())
      complain(fmt::format("\"{}\" is there twice", printable(member.key)));
    members_->all.push_back({member.key, member.value});
  }
}

ActionBody::~ActionBody() = default;

void ActionBody::complain(std::string sentence) {
  if (complaint_.empty()) complaint_ = std::move(sentence);
}

std::string ActionBody::text(std::string_view name, size_t most) {
  const Members::Member* member = members_->take(name);
  if (member == nullptr || member->value.is_null()) return {};
  std::string_view text;
  if (member->value.get(text) != simdjson::SUCCESS || text.size() > most || !is_one_line(text)) {
    complain(fmt::format("\"{}\" is no text of one line and at most {} bytes", name, most));
    return {};
  }
  return std::string(text);
}

std::string ActionBody::needed_text(std::string_view name, size_t most) {
  std::string value = text(name, most);
  if (ascii_trim(value).empty()) complain(fmt::format("\"{}\" is needed", name));
  return value;
}

uint64_t ActionBody::needed_number(std::string_view name, uint64_t least, uint64_t most) {
  const Members::Member* member = members_->take(name);
  uint64_t number = 0;
  if (member != nullptr && member->value.get(number) == simdjson::SUCCESS && number >= least &&
      number <= most)
    return number;
  complain(fmt::format("\"{}\" is needed, a number from {} to {}", name, least, most));
  return 0;
}

std::optional<web::Answer> ActionBody::refusal() {
  for (const Members::Member& member : members_->all)
    if (!member.taken) complain(fmt::format("\"{}\" means nothing here", printable(member.name)));
  if (complaint_.empty()) return std::nullopt;
  return web::plain_answer(status_, complaint_ + "\n");
}

}  // namespace astray::watch
