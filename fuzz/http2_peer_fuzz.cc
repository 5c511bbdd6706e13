// First byte: whether ours is the server or the client, and its windows; the rest says what both ends do. The
// other end is nghttp2, which minds every rule: frames, HPACK, windows, messages. It must accept all that
// ours sends, whatever SETTINGS it announces, and however small the buffers are that ours writes to; each end
// must see the very messages that the other was given; and once all windows are open, none may be left half
// way.
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/check.h"
#include "http2/client.h"
#include "http2/server.h"
#include "http2_messages.h"

using namespace astray;
using namespace astray::http2;
using namespace astray::http2::fuzzing;

namespace {

// ---- nghttp2's end

class Library {
 public:
  enum class Role : uint8_t { client, server };
  explicit Library(Role role) {
    nghttp2_session_callbacks* callbacks = nullptr;
    CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_received);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frame_sent);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, invalid_frame);
    nghttp2_option* option = nullptr;
    CHECK(nghttp2_option_new(&option) == 0);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_max_send_header_block_length(option, size_t{1} << 20);
    auto create = role == Role::client ? nghttp2_session_client_new2 : nghttp2_session_server_new2;
    CHECK(create(&session_, callbacks, this, option) == 0);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
  }
  ~Library() { nghttp2_session_del(session_); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  const Messages& seen() const { return seen_; }

  void give(std::string_view bytes) {
    const ssize_t used =
        nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    CHECK(used == static_cast<ssize_t>(bytes.size()));
  }
  std::string take() {
    std::string sent;
    const uint8_t* some = nullptr;
    for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_, &some)) > 0;)
      sent.append(reinterpret_cast<const char*>(some), static_cast<size_t>(size));
    return sent;
  }
  void announce(const std::vector<nghttp2_settings_entry>& settings) {
    CHECK(nghttp2_submit_settings(session_, 0, settings.data(), settings.size()) == 0);
  }
  StreamId request(const Message& message) {
    const auto lines = lines_of(message.head);
    nghttp2_data_provider provider = body_provider();
    const int32_t id =
        nghttp2_submit_request(session_, nullptr, lines.data(), lines.size(), &provider, nullptr);
    CHECK(id > 0);
    bodies_[id] = {&message, 0};
    return id;
  }
  void respond(StreamId id, const Message& message) {
    const auto lines = lines_of(message.head);
    nghttp2_data_provider provider = body_provider();
    CHECK(nghttp2_submit_response(session_, id, lines.data(), lines.size(), &provider) == 0);
    bodies_[id] = {&message, 0};
  }
  void reset(StreamId id) { CHECK(nghttp2_submit_rst_stream(session_, 0, id, NGHTTP2_CANCEL) == 0); }
  /// What was received is used up as it comes, or when consume() is called.
  void hold_back(bool holds_back) { holds_back_ = holds_back; }
  void consume() {
    for (const auto& [id, size] : std::exchange(held_, {}))
      CHECK(nghttp2_session_consume(session_, id, size) == 0);
  }

 private:
  struct Body {
    const Message* message;
    size_t at;
  };

  static Library& self(void* user) { return *static_cast<Library*>(user); }
  static uint8_t* octets(std::string_view text) {
    return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
  }
  static std::vector<nghttp2_nv> lines_of(const Fields& fields) {
    std::vector<nghttp2_nv> lines;
    for (const Field line : fields)
      lines.push_back({octets(line.name), octets(line.value), line.name.size(), line.value.size(), 0});
    return lines;
  }

  static nghttp2_data_provider body_provider() {
    nghttp2_data_provider provider{};
    provider.read_callback = read_body;
    return provider;
  }
  static ssize_t read_body(nghttp2_session* session, int32_t id, uint8_t* to, size_t room, uint32_t* flags,
                           nghttp2_data_source*, void* user) {
    Body& body = self(user).bodies_[id];
    const size_t size = std::min(room, body.message->body.size() - body.at);
    std::copy_n(body.message->body.begin() + static_cast<ptrdiff_t>(body.at), size, to);
    body.at += size;
    if (body.at != body.message->body.size()) return static_cast<ssize_t>(size);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (body.message->trailers.empty()) return static_cast<ssize_t>(size);
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const auto lines = lines_of(body.message->trailers);
    CHECK(nghttp2_submit_trailer(session, id, lines.data(), lines.size()) == 0);
    return static_cast<ssize_t>(size);
  }

  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    // An interim response is followed by the next.
    if (frame->headers.cat == NGHTTP2_HCAT_HEADERS && self(user).is_interim_.erase(frame->hd.stream_id) != 0)
      self(user).seen_[frame->hd.stream_id].head.clear();
    return 0;
  }
  static int header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                    const uint8_t* value, size_t value_size, uint8_t, void* user) {
    const Field line{{reinterpret_cast<const char*>(name), name_size},
                     {reinterpret_cast<const char*>(value), value_size}};
    Library& own = self(user);
    Message& message = own.seen_[frame->hd.stream_id];
    (own.has_head_.contains(frame->hd.stream_id) ? message.trailers : message.head).push_back(line);
    if (line.name == ":status" && line.value == "103") own.is_interim_.insert(frame->hd.stream_id);
    return 0;
  }
  static int data_chunk(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* bytes, size_t size,
                        void* user) {
    Library& own = self(user);
    own.seen_[id].body.append(reinterpret_cast<const char*>(bytes), size);
    if (own.holds_back_)
      own.held_.emplace_back(id, size);
    else
      CHECK(nghttp2_session_consume(session, id, size) == 0);
    return 0;
  }
  static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Library& own = self(user);
    const StreamId id = frame->hd.stream_id;
    CHECK(frame->hd.type != NGHTTP2_GOAWAY);
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && !own.is_interim_.contains(id)) own.has_head_.insert(id);
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) own.seen_[id].has_ended = true;
    return 0;
  }
  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void*) {
    CHECK(frame->hd.type != NGHTTP2_GOAWAY);
    if (frame->hd.type == NGHTTP2_RST_STREAM) CHECK(frame->rst_stream.error_code == NGHTTP2_CANCEL);
    return 0;
  }
  static int invalid_frame(nghttp2_session*, const nghttp2_frame*, int, void*) {
    CHECK(!"nghttp2 accepts it");
    return 0;
  }

  nghttp2_session* session_ = nullptr;
  Messages seen_;
  std::map<StreamId, Body> bodies_;
  std::set<StreamId> has_head_;
  std::set<StreamId> is_interim_;
  std::vector<std::pair<StreamId, size_t>> held_;
  bool holds_back_ = false;
};

// ---- both

std::vector<nghttp2_settings_entry> some_settings(Input& input, Library::Role role) {
  constexpr uint32_t tables[] = {0, 40, 100, 4096, 1 << 16};
  constexpr uint32_t windows[] = {0, 1, 100, 65535, 1 << 20};
  std::vector<nghttp2_settings_entry> settings;
  const uint8_t choice = input.byte();
  if ((choice & 1) != 0)
    settings.push_back({NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, tables[choice / 8 % std::size(tables)]});
  if ((choice & 2) != 0)
    settings.push_back({NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, windows[choice / 16 % std::size(windows)]});
  if ((choice & 4) != 0) settings.push_back({NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 16384U + choice});
  if (role == Library::Role::server && choice % 3 == 0)
    settings.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, choice % 5U});
  return settings;
}

template <typename Engine>
class World {
 public:
  static constexpr auto library_role =
      std::is_same_v<Engine, Http2Server> ? Library::Role::client : Library::Role::server;

  World(const Options& options, Input& input) : own_{Engine(options, {})}, input_(input) {
    library_.announce(some_settings(input, library_role));
  }

  void act() {
    const uint8_t choice = input_.byte();
    switch (choice % 10) {
      case 0:
      case 1:
      case 2:
        return request();
      case 3:
      case 4:
      case 5:
        return respond();
      case 6:
        return library_.announce(some_settings(input_, library_role));
      case 7:
        library_.hold_back(choice >= 128);
        return library_.consume();
      case 8:
        if (choice >= 200) reset();
        return;
      default:
        const size_t buffer = 1 + size_t{input_.byte()} * choice / 4;
        exchange(buffer, 1 + 16 * size_t{input_.byte()});
    }
  }
  void finish() {
    library_.hold_back(false);
    library_.consume();
    std::vector<nghttp2_settings_entry> open = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20}};
    if (library_role == Library::Role::server) open.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100});
    library_.announce(open);
    while (exchange(20000, SIZE_MAX)) continue;
    while (!unanswered().empty()) {
      respond();
      while (exchange(20000, SIZE_MAX)) continue;
    }
    const Messages& own_given = library_role == Library::Role::client ? responses_ : requests_;
    const Messages& library_given = library_role == Library::Role::client ? requests_ : responses_;
    check(own_given, library_.seen());
    check(library_given, own_.seen);
    for (const auto& [id, message] : requests_) CHECK(is_reset_.contains(id) || responses_.contains(id));
    CHECK(own_.engine.streams_open() == 0);
  }

 private:
  void request() {
    if (requests_.size() == 40) return;
    constexpr std::string_view methods[] = {"GET", "POST"};
    Fields head = {{":method", methods[input_.byte() % 2]},
                   {":scheme", "https"},
                   {":authority", "a.example"},
                   {":path", "/"}};
    Message message = make_message(input_, std::move(head));
    const StreamId id = static_cast<StreamId>(2 * requests_.size() + 1);
    const Message& kept = requests_.emplace(id, std::move(message)).first->second;
    if constexpr (library_role == Library::Role::client) {
      CHECK(library_.request(kept) == id);
    } else {
      const auto opened = own_.engine.request(kept.head, Then::body);
      // The peer's limit may be low.
      if (!opened) return (void)requests_.erase(id);
      CHECK(*opened == id);
      own_.send_rest(id, kept, piece());
    }
  }
  /// Requests whose ends were seen by whoever is to answer.
  std::vector<StreamId> unanswered() const {
    std::vector<StreamId> ids;
    for (const auto& [id, message] : library_role == Library::Role::client ? own_.seen : library_.seen())
      if (message.has_ended && !responses_.contains(id) && !is_reset_.contains(id)) ids.push_back(id);
    return ids;
  }
  void respond() {
    const std::vector<StreamId> ids = unanswered();
    if (ids.empty()) return;
    const StreamId id = ids[input_.byte() % ids.size()];
    const Message& kept = responses_.emplace(id, make_message(input_, {{":status", "200"}})).first->second;
    if constexpr (library_role == Library::Role::client) {
      if (kept.body.size() == 1) CHECK(own_.engine.informational(id, {{":status", "103"}}).has_value());
      CHECK(own_.engine.respond(id, kept.head, Then::body).has_value());
      own_.send_rest(id, kept, piece());
    } else {
      library_.respond(id, kept);
    }
  }
  /// By ours, or by the other end.
  void reset() {
    if (requests_.empty()) return;
    const uint8_t choice = input_.byte();
    const StreamId id = 2 * (choice % static_cast<StreamId>(requests_.size())) + 1;
    if (library_.seen().contains(id) && choice >= 128)
      library_.reset(id);
    else if (!own_.engine.reset(id, ErrorCode::cancel))
      return;
    is_reset_.insert(id);
  }
  size_t piece() { return 1 + size_t{input_.byte()} * 300; }

  /// One way and back. False: nobody said anything.
  bool exchange(size_t buffer_bytes, size_t piece_bytes) {
    const std::string to_own = library_.take();
    own_.give(to_own, piece_bytes);
    std::string buffer(buffer_bytes, '\0');
    size_t written = 0;
    // Not all of it, now and then.
    for (size_t size = 0, calls = 0; calls < 50 && (size = own_.engine.write_to(buffer)) != 0; ++calls) {
      written += size;
      library_.give({buffer.data(), size});
    }
    return written != 0 || !to_own.empty();
  }
  void check(const Messages& given, const Messages& seen) {
    for (const auto& [id, message] : given) {
      if (is_reset_.contains(id)) continue;
      CHECK(seen.contains(id));
      CHECK(seen.at(id) == message);
    }
  }

  Library library_{library_role};
  OwnEnd<Engine> own_;
  Input& input_;
  Messages requests_, responses_;  ///< as they were given
  std::set<StreamId> is_reset_;
};

template <typename Engine>
void run(const Options& options, Input& input) {
  World<Engine> world(options, input);
  while (!input.rest.empty()) world.act();
  world.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2 || size > 2048) return 0;
  constexpr uint32_t windows[] = {1, 300, 65535, 1 << 20};
  Input input{{reinterpret_cast<const char*>(data) + 1, size - 1}};
  Options options;
  options.idle_frames = options.resets = 1000000;
  options.header_list_bytes = size_t{1} << 20;
  options.stream_window = windows[data[0] / 2 % 4];
  options.connection_window = windows[2 + data[0] / 8 % 2];
  if (data[0] % 2 == 0)
    run<Http2Server>(options, input);
  else
    run<Http2Client>(options, input);
  return 0;
}
