#pragma once
// Queues whose links live inside the queued objects: queueing allocates nothing, and an object that dies takes itself out.

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
    next_ = previous_ = nullptr;
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
  /// The oldest, taken out; null when there is none.
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

}  // namespace astray
