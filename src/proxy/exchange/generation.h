#pragma once
#include <memory>

#include "proxy/back/back_request.h"
#include "proxy/exchange/origin_sets.h"
#include "proxy/site/site.h"

namespace astray::proxy {

/// A site and the backs that one worker reaches for it. A request keeps that of its beginning to its end.
struct Generation {
  std::shared_ptr<const Site> site;
  std::shared_ptr<BackSender> backs;
  std::shared_ptr<OriginSets> origin_sets = std::make_shared<OriginSets>();
};

}  // namespace astray::proxy
