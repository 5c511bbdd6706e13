#pragma once
// The loop's queues. Links live inside the queued objects: queueing allocates nothing, and an object that
// dies takes itself out.
#include <coroutine>

namespace astray {

class QueueLink {
 public:
  QueueLink() = default;
  QueueLink(const QueueLink&) = delete;
  QueueLink& operator=(const QueueLink&) = delete;

  bool is_queued() const { return next_ != nullptr; }
  void unqueue() {
    if (next_ == nullptr) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = nullptr;
  }

 protected:
  ~QueueLink() { unqueue(); }

 private:
  template <typename Item>
  friend class LinkQueue;
  QueueLink* previous_ = nullptr;
  QueueLink* next_ = nullptr;
};

/// First in, first out; owns nothing. Pushing what is already in a queue changes nothing.
template <typename Item>
class LinkQueue {
 public:
  LinkQueue() { reset(); }
  LinkQueue(const LinkQueue&) = delete;
  LinkQueue& operator=(const LinkQueue&) = delete;
  ~LinkQueue() {
    while (pop() != nullptr) continue;
    end_.next_ = end_.previous_ = nullptr;
  }

  bool empty() const { return end_.next_ == &end_; }
  void push(Item& item) {
    QueueLink& link = item;
    if (link.is_queued()) return;
    link.previous_ = end_.previous_;
    link.next_ = &end_;
    end_.previous_->next_ = &link;
    end_.previous_ = &link;
  }
  /// The oldest; null when there is none.
  Item* first() const { return empty() ? nullptr : static_cast<Item*>(end_.next_); }
  /// The same, taken out.
  Item* pop() {
    if (empty()) return nullptr;
    QueueLink* first = end_.next_;
    first->unqueue();
    return static_cast<Item*>(first);
  }
  /// Moves everything from `other` behind what is here.
  void take_all(LinkQueue& other) {
    if (other.empty()) return;
    end_.previous_->next_ = other.end_.next_;
    other.end_.next_->previous_ = end_.previous_;
    other.end_.previous_->next_ = &end_;
    end_.previous_ = other.end_.previous_;
    other.reset();
  }

 private:
  struct End : QueueLink {};
  void reset() { end_.next_ = end_.previous_ = &end_; }
  End end_;
};

/// What the loop calls soon: in the present turn when it is queued by a timer or a socket, else in the next.
class ReadyItem : public QueueLink {
 public:
  /// The item is out of the queue by now, and may queue or destroy itself.
  virtual void on_ready() = 0;

 protected:
  ~ReadyItem() = default;
};

/// What the loop calls once at the end of the turn in which it was queued, after everything that was ready:
/// a connection collects its output in a turn and sends it here in one go. What a flush of a flush queues waits for the
/// next turn.
class FlushItem : public QueueLink {
 public:
  virtual void flush() = 0;

 protected:
  ~FlushItem() = default;
};

/// A suspended coroutine in the ready queue.
class Resumption final : public ReadyItem {
 public:
  void set(std::coroutine_handle<> coroutine) { coroutine_ = coroutine; }
  void on_ready() override;

 private:
  std::coroutine_handle<> coroutine_;
};

}  // namespace astray
