// Requests and their bodies of astray.h.
#include "library/c/handles.h"
#include "library/io_link.h"

using namespace astray::http;  // NOLINT: these are its functions, for C

namespace {

class CallbackBody final : public BodySource {
 public:
  explicit CallbackBody(const astray_body_source& source) : source_(source) {}

  BodyPiece read(char* buffer, size_t size) override {
    const int64_t answer = source_.read(source_.user, buffer, size);
    if (answer > 0) return BodyPiece::bytes(static_cast<size_t>(answer));
    if (answer == 0) return BodyPiece::end();
    if (answer == ASTRAY_BODY_LATER) return BodyPiece::later();
    return BodyPiece::failed("the program's callback failed");
  }
  std::optional<uint64_t> length() const override {
    return source_.length == ASTRAY_UNKNOWN ? std::nullopt : std::optional(source_.length);
  }
  bool is_replayable() const override { return source_.rewind != nullptr; }
  bool rewind() override { return source_.rewind != nullptr && source_.rewind(source_.user) == 1; }

 private:
  const astray_body_source source_;
};

}  // namespace

namespace astray::http::c {

Request request_of(const astray_request& request, std::shared_ptr<BodySource>& made) {
  Request copy = request.request;
  if (request.source) {
    made = std::make_shared<CallbackBody>(*request.source);
    copy.body = made;
  }
  return copy;
}

}  // namespace astray::http::c

astray_request* astray_request_new(const char* url) {
  if (url == nullptr) return nullptr;
  return c::guarded(
      [&] {
        std::unique_ptr<astray_request> made(new astray_request());
        made->request.url = url;
        return made.release();
      },
      nullptr);
}

void astray_request_free(astray_request* request) {
  delete request;
}

int astray_request_set(astray_request* request, const char* name, const char* value) {
  if (request == nullptr || name == nullptr) return ASTRAY_INVALID_ARGUMENT;
  return c::guarded_code([&]() -> int {
    c::Problem problem = c::set_request(request->request, name, value);
    if (!problem) return ASTRAY_OK;
    request->error = std::move(*problem);
    return ASTRAY_INVALID_ARGUMENT;
  });
}

const char* astray_request_error(const astray_request* request) {
  return request == nullptr ? "the request is NULL" : request->error.c_str();
}

int astray_request_add_field(astray_request* request, const char* name, const char* value) {
  if (request == nullptr || name == nullptr || value == nullptr) return ASTRAY_INVALID_ARGUMENT;
  return c::guarded_code([&]() -> int {
    request->request.fields.push_back({name, value});
    return ASTRAY_OK;
  });
}

int astray_request_add_trailer(astray_request* request, const char* name, const char* value) {
  if (request == nullptr || name == nullptr || value == nullptr) return ASTRAY_INVALID_ARGUMENT;
  return c::guarded_code([&]() -> int {
    request->request.trailers.push_back({name, value});
    return ASTRAY_OK;
  });
}

int astray_request_set_connect_identity(astray_request* request, const char* server_name,
                                        const char* verified_name) {
  if (request == nullptr || (server_name == nullptr && verified_name == nullptr))
    return ASTRAY_INVALID_ARGUMENT;
  return c::guarded_code([&]() -> int {
    ConnectIdentity identity;
    if (server_name != nullptr) identity.server_name = server_name;
    if (verified_name != nullptr) identity.verified_name = verified_name;
    request->request.identity = std::move(identity);
    return ASTRAY_OK;
  });
}

int astray_request_set_body(astray_request* request, const char* bytes, size_t size) {
  if (request == nullptr || (bytes == nullptr && size != 0)) return ASTRAY_INVALID_ARGUMENT;
  return c::guarded_code([&]() -> int {
    request->request.body = std::string(bytes == nullptr ? "" : bytes, size);
    request->source.reset();
    return ASTRAY_OK;
  });
}

int astray_request_set_upload(astray_request* request, astray_upload* upload) {
  if (request == nullptr || upload == nullptr) return ASTRAY_INVALID_ARGUMENT;
  return c::guarded_code([&]() -> int {
    request->request.body = upload->body.source();
    request->source.reset();
    return ASTRAY_OK;
  });
}

int astray_request_set_body_source(astray_request* request, const astray_body_source* source) {
  if (request == nullptr || source == nullptr) return ASTRAY_INVALID_ARGUMENT;
  if (source->struct_size != sizeof(astray_body_source) || source->read == nullptr)
    return ASTRAY_INVALID_ARGUMENT;
  request->source = *source;
  return ASTRAY_OK;
}

astray_upload* astray_upload_new(size_t most_waiting, uint64_t length_or_unknown) {
  const auto length =
      length_or_unknown == ASTRAY_UNKNOWN ? std::nullopt : std::optional<uint64_t>(length_or_unknown);
  return c::guarded([&] { return new astray_upload{PushBody(most_waiting, length)}; }, nullptr);
}

void astray_upload_free(astray_upload* upload) {
  delete upload;
}

int astray_upload_write(astray_upload* upload, const char* bytes, size_t size) {
  if (upload == nullptr || (bytes == nullptr && size != 0)) return ASTRAY_INVALID_ARGUMENT;
  if (is_io_thread()) return ASTRAY_WRONG_THREAD;
  return c::guarded_code([&]() -> int {
    return upload->body.write({bytes, size}) ? ASTRAY_OK : ASTRAY_OVER;
  });
}

int64_t astray_upload_try_write(astray_upload* upload, const char* bytes, size_t size) {
  if (upload == nullptr || (bytes == nullptr && size != 0)) return ASTRAY_INVALID_ARGUMENT;
  return c::guarded(
      [&]() -> int64_t {
        if (upload->body.is_over()) return ASTRAY_OVER;
        return static_cast<int64_t>(upload->body.try_write({bytes, size}));
      },
      ASTRAY_NO_MEMORY);
}

int astray_upload_finish(astray_upload* upload) {
  if (upload == nullptr) return ASTRAY_INVALID_ARGUMENT;
  return c::guarded_code([&]() -> int {
    upload->body.finish();
    return ASTRAY_OK;
  });
}

int astray_upload_fail(astray_upload* upload, const char* why) {
  if (upload == nullptr || why == nullptr) return ASTRAY_INVALID_ARGUMENT;
  return c::guarded_code([&]() -> int {
    upload->body.fail(why);
    return ASTRAY_OK;
  });
}
