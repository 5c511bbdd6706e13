#pragma once
// Where a back is: literal addresses, and DNS names that are asked for again and again.
#include <memory>
#include <vector>

#include "gateway/configuration/back_settings.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "names/endpoint.h"

namespace astray::proxy {

struct BackPlace {
  Endpoint endpoint;
  Host named;  ///< as the configuration says it
  bool operator==(const BackPlace&) const = default;
};

class AddressList {
 public:
  static constexpr Duration refresh = std::chrono::seconds(30);
  /// At the least between two questions for a name.
  static constexpr Duration pace = std::chrono::seconds(1);
  static constexpr Duration patience = std::chrono::seconds(10);
  /// Of one name; what is more is not used.
  static constexpr size_t most_addresses = 256;

  class User {
   public:
    /// The places are others than before, or a name could not be resolved for the first time.
    virtual void on_places() = 0;

   protected:
    ~User() = default;
  };

  /// All outlive it.
  AddressList(Loop& loop, Resolver& resolver, const gateway::BackSettings& settings, User& user);
  ~AddressList();

  /// Each endpoint once, in the order of the settings. A name that can no longer be resolved keeps the
  /// addresses that it had.
  std::vector<BackPlace> places() const;
  /// Some name has not had its first answer.
  enum class Knowledge : uint8_t { pending, settled };
  Knowledge knowledge() const;
  /// Of the names that could not be resolved last time; "" when there is none.
  std::string problem() const;
  /// Something is wrong with the addresses: ask as soon as pace allows.
  void refresh_soon();
  void stop();

 private:
  class Name;
  void changed() { user_.on_places(); }

  Loop& loop_;
  Resolver& resolver_;
  User& user_;
  /// In the order of the settings: either is there.
  struct Entry {
    BackPlace literal;
    std::unique_ptr<Name> name;
  };
  std::vector<Entry> entries_;
};

}  // namespace astray::proxy
