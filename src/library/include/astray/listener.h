#pragma once
// A fetch that is heard while it runs.
#include <memory>
#include <string_view>

#include "astray/response.h"

namespace astray::http {

class RunningFetch;

/// Steers a fetch, from any thread and at any time: what comes too late changes nothing. Copies steer the
/// same one.
class ASTRAY_EXPORT FetchControl {
 public:
  FetchControl();
  FetchControl(const FetchControl&);
  FetchControl& operator=(const FetchControl&);
  ~FetchControl();

  /// After a callback said `pause`.
  void resume() const;
  /// Its stream is reset, its connection lives on where the protocol lets it. No callback begins after this
  /// but on_end(), with ErrorKind::cancelled.
  void cancel() const;

 private:
  friend class Fetch;
  friend class RunningFetch;
  explicit FetchControl(std::shared_ptr<RunningFetch> fetch);
  std::shared_ptr<RunningFetch> fetch_;
};

/// What a callback wants next.
enum class Demand : uint8_t {
  more,
  pause,  ///< until resume(): the peer is held back; what had come by then is still delivered
  cancel,
};

/// Hears a fetch, on the client's I/O thread and in the order of the functions below. All other fetches of
/// the client wait meanwhile, so it must not wait: blocking calls of this library refuse
/// (ErrorKind::wrong_thread). It may start fetches, steer or drop any, its own too; it must not destroy the
/// client, nor throw.
class ASTRAY_EXPORT Listener {
 public:
  virtual ~Listener();
  virtual void on_start(const FetchControl&) {}
  virtual void on_interim(const ResponseHead&) {}  ///< 1xx
  /// A response that is not the answer: a 421 that is asked again elsewhere, a redirect that is followed.
  virtual void on_passed_over(const ResponseHead&) {}
  virtual Demand on_head(const ResponseHead&) { return Demand::more; }
  virtual Demand on_body(std::string_view bytes) = 0;
  virtual void on_trailers(const Fields&) {}
  /// Once; the last. `error` is null when the response is whole.
  virtual void on_end(const FetchError* error, const Report& report) = 0;
};

/// A fetch under way. Destroying it cancels: when the destructor returns no callback runs and none will, nor
/// on_end(). (In one of its own callbacks it returns at once; then that is the last one.)
class ASTRAY_EXPORT Fetch {
 public:
  Fetch();
  Fetch(Fetch&&) noexcept;
  Fetch& operator=(Fetch&&) noexcept;
  ~Fetch();

  void resume() { control_.resume(); }
  void cancel() { control_.cancel(); }
  const FetchControl& control() const { return control_; }

  /// on_end() has returned.
  bool ended() const;
  /// Until ended(). False: this is an I/O thread, which must not wait.
  bool wait();
  /// The same, or until the time is over. Whether it has ended.
  bool wait_for(std::chrono::nanoseconds most);

 private:
  friend class FetchStarter;
  explicit Fetch(std::shared_ptr<RunningFetch> fetch);
  void drop();
  FetchControl control_;
};

}  // namespace astray::http
