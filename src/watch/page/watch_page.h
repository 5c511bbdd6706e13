#pragma once
// The watcher's page: HTML, the API that it is drawn from, and the events that keep it live. An outlet, since
// rounds come to it as they come to webhooks.
#include <string>
#include <unordered_set>
#include <vector>

#include "watch/outlets/outlet.h"
#include "watch/page/board.h"
#include "watch/page/page_source.h"
#include "web/event_hub.h"
#include "web/site.h"

namespace astray::watch {

class WatchPage final : public Outlet {
 public:
  /// `epoch`: as for EventHub. Loop and source outlive it.
  WatchPage(Loop& loop, PageSource& source, std::string epoch);

  /// The page and its parts are for anybody, since a browser cannot send a token when it opens a page; what
  /// the watcher knows is for whoever has the token, where there is one. What changes something is there only where
  /// the source has actions, and never without the token. They live as long as this.
  std::vector<web::Route> routes();

  const std::string& name() const override { return name_; }
  void offer(const std::shared_ptr<const RoundRecord>& round) override;
  void tell(const ProblemEvent& event) override;
  /// Fills the board from the store, also when other names are watched, and tells browsers whenever the state
  /// has changed.
  Task<void> run() override;
  std::optional<std::string> trouble() const override { return std::nullopt; }

 private:
  using Answering = web::Answer (WatchPage::*)(const web::Request&);
  web::Route route(const char* path, web::Use use, Answering answer);

  /// Whether other names or nodes are watched than those that the board was made for.
  bool board_is_of_others() const;
  Task<void> fill_board();
  using Texts = std::unordered_set<std::string>;
  void note_present(Store& store, const std::string& name, const Texts& known);
  web::Answer answer_state(const web::Request& request);
  web::Answer answer_problem(const web::Request& request);
  web::Answer answer_events(const web::Request& request);
  web::Answer answer_time_line(const web::Request& request);
  web::Answer answer_cell(const web::Request& request);
  web::Answer answer_matrix(const web::Request& request);
  web::Answer answer_parity(const web::Request& request);
  web::Answer answer_sharing(const web::Request& request);
  web::Answer acknowledge(const web::Request& request);
  web::Answer silence(const web::Request& request);
  web::Answer end_silence(const web::Request& request);
  web::Answer ask_soon(const web::Request& request);

  Loop& loop_;
  PageSource& source_;
  std::string name_ = "page";
  Board board_;
  std::vector<std::string> names_, nodes_;  // that the board was made for
  web::EventHub hub_;
  uint64_t told_revision_ = 0;
};

}  // namespace astray::watch
