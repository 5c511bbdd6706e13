#include "explain/logs/log_source.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "explain/logs/log_block.h"

namespace astray::explain {
namespace {

/// Blocks on their way, in a ring: filled and told by one thread, parsed by others. Their number bounds the
/// memory.
class Pipeline {
 public:
  Pipeline(const SourceOptions& options, Witness& witness) : options_(options), witness_(witness) {}

  Result<SourceSummary> run(ByteSource& bytes) {
    BlockCutter cutter(bytes, options_.block_bytes);
    if (options_.threads <= 1) {
      LineReader reader(options_.given);
      LogBlock block;
      while (cutter.fill(block)) {
        block.parse(reader, options_.file);
        tell(block);
      }
    } else {
      run_threads(cutter);
    }
    summary_.bytes = cutter.bytes();
    if (cutter.error()) return tl::unexpected(*cutter.error());
    return std::move(summary_);
  }

 private:
  enum class State : uint8_t { free, filled, parsing, parsed };
  struct Slot {
    LogBlock block;
    State state = State::free;
  };

  void run_threads(BlockCutter& cutter) {
    std::vector<Slot> slots(2 * size_t{options_.threads});
    std::vector<std::thread> workers;
    for (unsigned i = 0; i < options_.threads; ++i) workers.emplace_back([this, &slots] { work(slots); });
    size_t filled = 0;
    size_t told = 0;
    bool more = true;
    while (true) {
      while (more && filled - told < slots.size()) {
        Slot& slot = slots[filled % slots.size()];
        more = cutter.fill(slot.block);
        if (!more) break;
        set(slot, State::filled);
        ++filled;
      }
      if (told == filled) break;
      Slot& slot = slots[told % slots.size()];
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return slot.state == State::parsed; });
      }
      tell(slot.block);
      set(slot, State::free);
      ++told;
    }
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_all();
    for (std::thread& worker : workers) worker.join();
  }

  void set(Slot& slot, State state) {
    {
      const std::lock_guard lock(mutex_);
      slot.state = state;
    }
    changed_.notify_all();
  }

  void work(std::vector<Slot>& slots) {
    LineReader reader(options_.given);
    size_t next = 0;
    while (true) {
      Slot* mine = nullptr;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] {
          if (done_) return true;
          for (size_t i = 0; i < slots.size() && mine == nullptr; ++i) {
            Slot& slot = slots[(next + i) % slots.size()];
            if (slot.state == State::filled) mine = &slot;
          }
          return mine != nullptr;
        });
        if (mine == nullptr) return;
        mine->state = State::parsing;
        next = static_cast<size_t>(mine - slots.data()) + 1;
      }
      mine->block.parse(reader, options_.file);
      set(*mine, State::parsed);
    }
  }

  void tell(LogBlock& block) {
    for (const auto& [trouble, line] : block.troubles) witness_.trouble(trouble, options_.file, summary_.lines + line);
    for (Sighting& sighting : block.sightings) sighting.line += summary_.lines;
    witness_.requests(block.sightings);
    for (uint64_t i = 0; i < block.asides; ++i) witness_.aside();
    summary_.lines += block.lines;
    if (summary_.format.empty()) summary_.format = block.format;
    if (summary_.server == LogServer::unknown) summary_.server = block.server;
  }

  const SourceOptions& options_;
  Witness& witness_;
  SourceSummary summary_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
};

}  // namespace

Result<SourceSummary> read_log(ByteSource& bytes, const SourceOptions& options, Witness& witness) {
  return Pipeline(options, witness).run(bytes);
}

}  // namespace astray::explain
