// astray.h: everything once, and everything wrong.
#include <gtest/gtest.h>

#include <cstring>

#include "astray.h"
#include "library/world.h"
#include "support/golden.h"

namespace astray::test {
namespace {

template <auto release>
struct Release {
  template <typename Handle>
  void operator()(Handle* handle) const {
    release(handle);
  }
};
using OptionsHandle = std::unique_ptr<astray_options, Release<astray_options_free>>;
using ClientHandle = std::unique_ptr<astray_client, Release<astray_client_free>>;
using RequestHandle = std::unique_ptr<astray_request, Release<astray_request_free>>;
using OutcomeHandle = std::unique_ptr<astray_outcome, Release<astray_outcome_free>>;
using StreamHandle = std::unique_ptr<astray_stream, Release<astray_stream_free>>;
using UploadHandle = std::unique_ptr<astray_upload, Release<astray_upload_free>>;
using FetchHandle = std::unique_ptr<astray_fetch, Release<astray_fetch_free>>;

OptionsHandle options_of(const SiteServer& site) {
  OptionsHandle options(astray_options_new());
  EXPECT_EQ(astray_options_set(options.get(), "ca_file", site.ca_file().c_str()), ASTRAY_OK);
  for (const std::string_view name : {"a.test", "b.test"})
    EXPECT_EQ(astray_options_set(options.get(), "resolve", site.resolve(name).c_str()), ASTRAY_OK);
  return options;
}

RequestHandle request_for(const SiteServer& site, std::string_view path) {
  return RequestHandle(astray_request_new(site.url(path).c_str()));
}

std::string text(const astray_outcome* outcome, int id) {
  return astray_outcome_text(outcome, id);
}

TEST(C, FetchesAndTells) {
  SiteServer site;
  std::string lines;
  OptionsHandle options = options_of(site);
  const auto keep = [](void* user, const char* line, size_t size) {
    EXPECT_EQ(std::strlen(line), size);
    static_cast<std::string*>(user)->append(line, size);
  };
  ASSERT_EQ(astray_options_set_trace(options.get(), ASTRAY_TRACE_JSON, keep, &lines), ASTRAY_OK);
  ClientHandle client(astray_client_new(options.get()));
  options.reset();
  ASSERT_STREQ(astray_client_error(client.get()), "");
  RequestHandle request = request_for(site, "/echo");
  ASSERT_EQ(astray_request_set(request.get(), "method", "POST"), ASTRAY_OK);
  ASSERT_EQ(astray_request_set(request.get(), "total_timeout", "20000"), ASTRAY_OK);
  ASSERT_EQ(astray_request_add_field(request.get(), "x-mine", "1"), ASTRAY_OK);
  ASSERT_EQ(astray_request_set_body(request.get(), "a\0c", 3), ASTRAY_OK);
  for (int i = 0; i < 2; ++i) {
    const OutcomeHandle outcome(astray_client_fetch(client.get(), request.get()));
    ASSERT_EQ(text(outcome.get(), ASTRAY_ERROR_SENTENCE), "");
    size_t size = 0;
    const char* body = astray_outcome_body(outcome.get(), &size);
    EXPECT_EQ(std::string_view(body, size), std::string_view("a\0c", 3));
    EXPECT_EQ(astray_outcome_number(outcome.get(), ASTRAY_STATUS), 200u);
    EXPECT_EQ(astray_outcome_number(outcome.get(), ASTRAY_CONNECTION_ID), 1u);
    EXPECT_GT(astray_outcome_number(outcome.get(), ASTRAY_TIME_TOTAL), 0u);
    EXPECT_EQ(text(outcome.get(), ASTRAY_CARRIAGE), i == 0 ? "opened" : "reused");
    EXPECT_EQ(text(outcome.get(), ASTRAY_SNI), "a.test");
    EXPECT_EQ(text(outcome.get(), ASTRAY_HTTP_VERSION), "HTTP/2");
    const astray_fields* fields = astray_head_fields(astray_outcome_head(outcome.get()));
    ASSERT_EQ(astray_fields_count(fields), 1u);
    EXPECT_STREQ(astray_fields_name(fields, 0), "server");
    EXPECT_STREQ(astray_fields_value(fields, 0), "site");
    EXPECT_EQ(astray_fields_value(fields, 1), nullptr);
    EXPECT_STREQ(astray_fields_find(fields, "Server"), "site");
    EXPECT_STREQ(astray_fields_find(astray_outcome_trailers(outcome.get()), "x-bytes"), "3");
  }
  uint64_t counters[100];
  ASSERT_EQ(astray_client_counters(client.get(), counters, 100), ASTRAY_OK);
  EXPECT_EQ(counters[ASTRAY_FETCHES], 2u);
  EXPECT_EQ(counters[ASTRAY_CONNECTIONS], 1u);
  EXPECT_EQ(counters[99], 0u);
  client.reset();
  EXPECT_NE(lines.find("\"event\":\"opened\""), std::string::npos) << lines;
}

TEST(C, ReadsAndWritesInPieces) {
  SiteServer site;
  const ClientHandle client(astray_client_new(options_of(site).get()));
  const UploadHandle upload(astray_upload_new(1000, ASTRAY_UNKNOWN));
  const RequestHandle request = request_for(site, "/echo");
  astray_request_set(request.get(), "method", "POST");
  ASSERT_EQ(astray_request_set_upload(request.get(), upload.get()), ASTRAY_OK);
  const std::string bytes = site_bytes(0, 200'000);
  std::thread writer([&] {
    EXPECT_EQ(astray_upload_write(upload.get(), bytes.data(), bytes.size()), ASTRAY_OK);
    EXPECT_EQ(astray_upload_finish(upload.get()), ASTRAY_OK);
    EXPECT_EQ(astray_upload_write(upload.get(), "x", 1), ASTRAY_OVER);
  });
  const StreamHandle stream(astray_client_open(client.get(), request.get()));
  EXPECT_EQ(astray_head_status(astray_stream_head(stream.get())), 200);
  EXPECT_EQ(astray_stream_outcome(stream.get()), nullptr);
  std::string read;
  char buffer[5000];
  int64_t count = 0;
  while ((count = astray_stream_read(stream.get(), buffer, sizeof buffer)) > 0)
    read.append(buffer, static_cast<size_t>(count));
  writer.join();
  EXPECT_EQ(count, 0);
  EXPECT_TRUE(read == bytes);
  ASSERT_NE(astray_stream_outcome(stream.get()), nullptr);
  EXPECT_EQ(astray_outcome_number(astray_stream_outcome(stream.get()), ASTRAY_UPLOADED_BYTES), bytes.size());
  EXPECT_EQ(astray_stream_read(stream.get(), buffer, sizeof buffer), 0);
}

struct HeardInC {
  std::string story;
  int pauses = 0;
  size_t asked = 0;
};

astray_listener listener_to(HeardInC& heard) {
  astray_listener listener{};
  listener.struct_size = sizeof listener;
  listener.user = &heard;
  listener.on_head = [](void* user, astray_fetch* fetch, const astray_head* head) -> int {
    static_cast<HeardInC*>(user)->story += "head " + std::to_string(astray_head_status(head));
    EXPECT_EQ(astray_fetch_wait(fetch, 1), ASTRAY_WRONG_THREAD);
    return ASTRAY_MORE;
  };
  listener.on_body = [](void* user, astray_fetch* fetch, const char*, size_t) -> int {
    auto* hearing = static_cast<HeardInC*>(user);
    EXPECT_EQ(astray_fetch_resume(fetch), ASTRAY_OK);
    return hearing->pauses++ == 0 ? ASTRAY_PAUSE : ASTRAY_MORE;
  };
  listener.on_end = [](void* user, astray_fetch*, const astray_outcome* outcome) {
    static_cast<HeardInC*>(user)->story += ", end " + text(outcome, ASTRAY_ERROR_KIND);
  };
  return listener;
}

TEST(C, IsHeard) {
  SiteServer site;
  const ClientHandle client(astray_client_new(options_of(site).get()));
  HeardInC heard;
  const astray_listener listener = listener_to(heard);
  const RequestHandle request = request_for(site, "/count");
  astray_body_source source{};
  source.struct_size = sizeof source;
  source.user = &heard;
  source.length = 5;
  source.read = [](void* user, char* buffer, size_t) -> int64_t {
    if (static_cast<HeardInC*>(user)->asked++ == 5) return 0;
    *buffer = 'x';
    return 1;
  };
  ASSERT_EQ(astray_request_set_body_source(request.get(), &source), ASTRAY_OK);
  astray_request_set(request.get(), "method", "PUT");
  const FetchHandle fetch(astray_client_start(client.get(), request.get(), &listener));
  EXPECT_EQ(astray_fetch_wait(fetch.get(), ASTRAY_UNKNOWN), 1);
  EXPECT_EQ(heard.story, "head 200, end ");
  EXPECT_EQ(astray_fetch_body_ready(fetch.get()), ASTRAY_OK);

  HeardInC cancelled;
  const astray_listener other = listener_to(cancelled);
  const FetchHandle never(astray_client_start(client.get(), request_for(site, "/never").get(), &other));
  EXPECT_EQ(astray_fetch_wait(never.get(), 20), 0);
  EXPECT_EQ(astray_fetch_body_ready(never.get()), ASTRAY_WRONG_ORDER);
  EXPECT_EQ(astray_fetch_cancel(never.get()), ASTRAY_OK);
  EXPECT_EQ(astray_fetch_wait(never.get(), ASTRAY_UNKNOWN), 1);
  EXPECT_EQ(cancelled.story, ", end cancelled");
}

/// A fetch that is freed in each of its callbacks.
TEST(C, IsFreedInItsOwnCallback) {
  SiteServer site;
  const ClientHandle client(astray_client_new(options_of(site).get()));
  std::promise<void> freed[3];
  const auto start = [&](astray_listener listener, size_t index) {
    listener.struct_size = sizeof listener;
    listener.user = &freed[index];
    ASSERT_NE(astray_client_start(client.get(), request_for(site, "/").get(), &listener), nullptr);
    freed[index].get_future().wait();
  };
  const auto gone = [](void* user, astray_fetch* fetch) {
    astray_fetch_free(fetch);
    static_cast<std::promise<void>*>(user)->set_value();
  };
  static const auto free_it = +gone;
  astray_listener at_head{}, at_body{}, at_end{};
  at_head.on_head = [](void* user, astray_fetch* fetch, const astray_head*) {
    free_it(user, fetch);
    return 0;
  };
  at_body.on_body = [](void* user, astray_fetch* fetch, const char*, size_t) {
    free_it(user, fetch);
    return 0;
  };
  at_end.on_end = [](void* user, astray_fetch* fetch, const astray_outcome*) { free_it(user, fetch); };
  start(at_head, 0);
  start(at_body, 1);
  start(at_end, 2);
  const OutcomeHandle outcome(astray_client_fetch(client.get(), request_for(site, "/").get()));
  EXPECT_EQ(astray_outcome_number(outcome.get(), ASTRAY_STATUS), 200u);
}

TEST(C, TakesNullForAnError) {
  EXPECT_EQ(astray_options_set(nullptr, "ca_file", "x"), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_options_set_trace(nullptr, 0, nullptr, nullptr), ASTRAY_INVALID_ARGUMENT);
  EXPECT_NE(astray_options_error(nullptr), nullptr);
  EXPECT_NE(astray_client_error(nullptr), nullptr);
  EXPECT_EQ(astray_client_counters(nullptr, nullptr, 0), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_request_new(nullptr), nullptr);
  EXPECT_EQ(astray_request_set(nullptr, "method", "GET"), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_request_add_field(nullptr, "a", "b"), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_request_add_trailer(nullptr, "a", "b"), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_request_set_connect_identity(nullptr, "a", "b"), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_request_set_body(nullptr, "", 0), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_request_set_upload(nullptr, nullptr), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_request_set_body_source(nullptr, nullptr), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_upload_write(nullptr, "", 0), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_upload_try_write(nullptr, "", 0), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_upload_finish(nullptr), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_upload_fail(nullptr, ""), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_client_fetch(nullptr, nullptr), nullptr);
  EXPECT_EQ(astray_client_open(nullptr, nullptr), nullptr);
  EXPECT_EQ(astray_client_start(nullptr, nullptr, nullptr), nullptr);
  EXPECT_EQ(astray_stream_head(nullptr), nullptr);
  EXPECT_EQ(astray_stream_read(nullptr, nullptr, 0), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_stream_cancel(nullptr), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_stream_outcome(nullptr), nullptr);
  EXPECT_EQ(astray_fetch_cancel(nullptr), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_fetch_resume(nullptr), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_fetch_body_ready(nullptr), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_fetch_wait(nullptr, 0), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_outcome_number(nullptr, ASTRAY_STATUS), 0u);
  EXPECT_STREQ(astray_outcome_text(nullptr, ASTRAY_URL), "");
  EXPECT_NE(astray_outcome_body(nullptr, nullptr), nullptr);
  EXPECT_EQ(astray_head_status(astray_outcome_head(nullptr)), 0);
  EXPECT_EQ(astray_fields_count(astray_head_fields(nullptr)), 0u);
  EXPECT_EQ(astray_fields_name(nullptr, 0), nullptr);
  EXPECT_EQ(astray_fields_find(astray_outcome_trailers(nullptr), "a"), nullptr);
  astray_options_free(nullptr);
  astray_client_free(nullptr);
  astray_request_free(nullptr);
  astray_upload_free(nullptr);
  astray_outcome_free(nullptr);
  astray_stream_free(nullptr);
  astray_fetch_free(nullptr);
}

TEST(C, RefusesWhatItDoesNotKnow) {
  const OptionsHandle options(astray_options_new());
  EXPECT_STREQ(astray_options_error(options.get()), "");
  EXPECT_EQ(astray_options_set(options.get(), "coalesce", "off"), ASTRAY_INVALID_ARGUMENT);
  EXPECT_NE(std::string(astray_options_error(options.get()))
                .find("there is nothing named 'coalesce'; there are coalescing,"),
            std::string::npos);
  EXPECT_EQ(astray_options_set(options.get(), "connections", "-1"), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_options_set(options.get(), "connections", "4294967296"), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_options_set(options.get(), "idle_timeout", "1s"), ASTRAY_INVALID_ARGUMENT);
  EXPECT_EQ(astray_options_set(options.get(), "min_tls", "1.4"), ASTRAY_INVALID_ARGUMENT);
  EXPECT_STREQ(astray_options_error(options.get()), "min_tls: '1.4' is none of '1.0', '1.1', '1.2', '1.3'");
  EXPECT_EQ(astray_options_set(options.get(), "min_tls", nullptr), ASTRAY_OK);
  EXPECT_EQ(astray_options_set(options.get(), "resolve", "nonsense"), ASTRAY_OK);
  EXPECT_EQ(astray_options_set_trace(options.get(), 7, nullptr, nullptr), ASTRAY_INVALID_ARGUMENT);
  const ClientHandle client(astray_client_new(options.get()));
  EXPECT_NE(std::string(astray_client_error(client.get())).find("resolve"), std::string::npos);

  const RequestHandle request(astray_request_new("https://a.test/"));
  EXPECT_EQ(astray_request_set(request.get(), "versions", "h3"), ASTRAY_INVALID_ARGUMENT);
  EXPECT_STREQ(astray_request_error(request.get()),
               "versions: 'h3' is none of 'h2-or-h1', 'h1-only', 'h2-only'");
  const OutcomeHandle outcome(astray_client_fetch(client.get(), request.get()));
  EXPECT_EQ(text(outcome.get(), ASTRAY_ERROR_KIND), "bad-options");
  EXPECT_EQ(text(outcome.get(), ASTRAY_ERROR_PHASE), "prepare");
  EXPECT_EQ(astray_outcome_number(outcome.get(), ASTRAY_MAY_HAVE_BEEN_PROCESSED), 0u);
  const StreamHandle stream(astray_client_open(client.get(), request.get()));
  char buffer[1];
  EXPECT_EQ(astray_stream_head(stream.get()), nullptr);
  EXPECT_EQ(astray_stream_read(stream.get(), buffer, 1), ASTRAY_FAILED);
  EXPECT_EQ(text(astray_stream_outcome(stream.get()), ASTRAY_ERROR_KIND), "bad-options");
  astray_listener listener{};
  EXPECT_EQ(astray_client_start(client.get(), request.get(), &listener), nullptr);
  astray_body_source source{};
  EXPECT_EQ(astray_request_set_body_source(request.get(), &source), ASTRAY_INVALID_ARGUMENT);
}

TEST(C, HasAllItsNamesInTheManual) {
  const std::string manual = read_file(std::string(ASTRAY_SOURCE_DIR) + "/docs/library.md");
  const OptionsHandle options(astray_options_new());
  const RequestHandle request(astray_request_new(""));
  astray_options_set(options.get(), "?", "");
  astray_request_set(request.get(), "?", "");
  for (const std::string error : {astray_options_error(options.get()), astray_request_error(request.get())}) {
    size_t at = error.find("there are ") + 10;
    for (size_t end = 0; end != std::string::npos; at = end + 2) {
      end = error.find(", ", at);
      const std::string name = error.substr(at, end == std::string::npos ? end : end - at);
      EXPECT_NE(manual.find('`' + name + '`'), std::string::npos) << name;
    }
  }
}

}  // namespace
}  // namespace astray::test
