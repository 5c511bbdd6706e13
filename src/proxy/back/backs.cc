#include "proxy/back/backs.h"

#include <algorithm>

#include "base/check.h"
#include "proxy/back/back.h"

namespace astray::proxy {

std::string_view to_string(BackAddressDescription::Health health) {
  switch (health) {
    case BackAddressDescription::Health::healthy:
      return "healthy";
    case BackAddressDescription::Health::resting:
      return "resting";
    case BackAddressDescription::Health::unhealthy:
      return "unhealthy";
  }
  return {};
}

class Backs::Impl {
 public:
  explicit Impl(BacksParts parts)
      : prepared_(std::move(parts.prepared)),
        health_(std::move(parts.health)),
        commons_{parts.loop, parts.network,        parts.resolver,
                 *health_,   parts.connection_ids, std::move(parts.wall_clock)} {
    CHECK(prepared_->size() == parts.settings.size());
    for (size_t i = 0; i < parts.settings.size(); ++i) {
      backs_.push_back(std::make_unique<Back>(commons_, static_cast<BackIndex>(i), parts.settings[i],
                                              (*prepared_)[i], mixed(parts.seed + i), parts.checks));
    }
  }

  Back& at(BackIndex index) {
    CHECK(static_cast<size_t>(index) < backs_.size());
    return *backs_[static_cast<size_t>(index)];
  }
  std::span<const std::unique_ptr<Back>> all() const { return backs_; }

 private:
  PreparedBacks prepared_;
  std::shared_ptr<HealthBoard> health_;
  BackCommons commons_;
  std::vector<std::unique_ptr<Back>> backs_;
};

Backs::Backs(BacksParts parts) : impl_(std::make_unique<Impl>(std::move(parts))) {}
Backs::~Backs() = default;

std::unique_ptr<BackRequest> Backs::send(const BackWish& wish, const RequestHead& head,
                                         BackResponder& responder) {
  return impl_->at(wish.back).send(wish, head, responder);
}

void Backs::drain() {
  for (const auto& back : impl_->all()) back->drain();
}

Backs::Drained Backs::drained() const {
  const auto all = impl_->all();
  const bool is_empty = std::all_of(all.begin(), all.end(), [](const auto& back) {
    return back->counters().open_now == 0 && back->counters().waiting_now == 0;
  });
  return is_empty ? Drained::yes : Drained::no;
}

size_t Backs::count() const {
  return impl_->all().size();
}

const BackCounters& Backs::counters(BackIndex back) const {
  return impl_->at(back).counters();
}

std::vector<BackDescription> Backs::describe() const {
  std::vector<BackDescription> descriptions;
  for (const auto& back : impl_->all()) descriptions.push_back(back->describe());
  return descriptions;
}

}  // namespace astray::proxy
