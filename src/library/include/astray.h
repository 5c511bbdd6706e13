/* libastray in C, for C and for whatever binds to C. docs/library.md explains it; astray/client.h is the C++ form.
 *
 *   astray_client *client = astray_client_new(NULL);
 *   astray_request *request = astray_request_new("https://a.example/");
 *   astray_outcome *outcome = astray_client_fetch(client, request);
 *   printf("%d\n", (int)astray_outcome_number(outcome, ASTRAY_STATUS));
 *
 * Ownership: what …_new, …_fetch, …_start or …_open returns is the caller's, until it is given to the …_free of
 *   its type; NULL may be freed. Every other pointer belongs to the handle that it was asked of, and lives as
 *   long; what a callback is given lives until it returns. What is passed in is copied.
 * Text is UTF-8 that ends with NUL; bodies have sizes instead.
 * Errors: functions that return int give ASTRAY_OK or one of the codes below; those that return a pointer give
 *   NULL where memory is short or an argument is NULL. No handle may be used after its …_free.
 * Threads: clients and fetches take calls from any thread; the others from one at a time. Callbacks come on the
 *   client's own thread; all its fetches wait meanwhile, so what waits (…_fetch, …_open, …_read, …_write, …_wait)
 *   refuses there. They must not free the client.
 * fork(): a child's fetches fail; make a new client there. */
/* clang-format off */
#ifndef ASTRAY_H
#define ASTRAY_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define ASTRAY_API __attribute__((visibility("default")))
#else
#define ASTRAY_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct astray_options astray_options;
typedef struct astray_client astray_client;
typedef struct astray_request astray_request;
typedef struct astray_upload astray_upload;
typedef struct astray_fetch astray_fetch;
typedef struct astray_stream astray_stream;
typedef struct astray_outcome astray_outcome;
typedef struct astray_head astray_head;
typedef struct astray_fields astray_fields;

/* Numbers are never given another meaning. */
enum astray_code {
  ASTRAY_OK = 0,
  ASTRAY_INVALID_ARGUMENT = -1, /* NULL, an unknown name, a value that cannot be understood */
  ASTRAY_NO_MEMORY = -2,
  ASTRAY_WRONG_ORDER = -3, /* not before, or not again */
  ASTRAY_WRONG_THREAD = -4, /* it would wait, in a callback */
  ASTRAY_FAILED = -5, /* the fetch: its outcome says why */
  ASTRAY_OVER = -6 /* nobody takes any more */
};

enum astray_demand { ASTRAY_MORE = 0, ASTRAY_PAUSE = 1, ASTRAY_CANCEL = 2 };

#define ASTRAY_UNKNOWN UINT64_MAX

ASTRAY_API const char *astray_version(void);

/* ---- A client. Names and words: docs/library.md; times are milliseconds; "resolve", "connect_to" add up. ---- */
ASTRAY_API astray_options *astray_options_new(void);
ASTRAY_API void astray_options_free(astray_options *options);
/* value NULL: the default; of "proxy": as the environment says. */
ASTRAY_API int astray_options_set(astray_options *options, const char *name, const char *value);
/* What was wrong with the last ASTRAY_INVALID_ARGUMENT; "" before. */
ASTRAY_API const char *astray_options_error(const astray_options *options);
enum astray_trace_format { ASTRAY_TRACE_TEXT = 0, ASTRAY_TRACE_JSON = 1 };
/* Every decision of the pool as a line without its end, as it is made, on the client's thread. */
typedef void (*astray_line_callback)(void *user, const char *line, size_t size);
ASTRAY_API int astray_options_set_trace(astray_options *options, int format, astray_line_callback write, void *user);
ASTRAY_API astray_client *astray_client_new(const astray_options *options); /* NULL: the defaults */
/* Fetches under way end with "client-closed"; their handles live on. */
ASTRAY_API void astray_client_free(astray_client *client);
/* Why the options cannot be used; every fetch then fails with it. "": they can. */
ASTRAY_API const char *astray_client_error(const astray_client *client);
enum astray_counter {
  ASTRAY_FETCHES, ASTRAY_REQUESTS, ASTRAY_OPENED, ASTRAY_RESUMED, ASTRAY_OPEN_FAILED, ASTRAY_REUSED,
  ASTRAY_COALESCED, ASTRAY_NOT_COALESCED, ASTRAY_MISDIRECTED, ASTRAY_RETRIED, ASTRAY_EVICTED, ASTRAY_CONNECTIONS
};
/* The first `count` counters in the order of the enumeration; 0 for those that do not exist. */
ASTRAY_API int astray_client_counters(const astray_client *client, uint64_t *values, size_t count);

/* ---- A request. It may be used any number of times. ---- */
ASTRAY_API astray_request *astray_request_new(const char *url);
ASTRAY_API void astray_request_free(astray_request *request);
ASTRAY_API int astray_request_set(astray_request *request, const char *name, const char *value); /* NULL: the default */
ASTRAY_API const char *astray_request_error(const astray_request *request);
ASTRAY_API int astray_request_add_field(astray_request *request, const char *name, const char *value);
ASTRAY_API int astray_request_add_trailer(astray_request *request, const char *name, const char *value);
/* Shakes hands under another name than the URL's: this is how requests go astray, so it is asked for by name or
 * not at all. server_name NULL: no SNI; verified_name NULL: server_name. */
ASTRAY_API int astray_request_set_connect_identity(astray_request *request, const char *server_name, const char *verified_name);
ASTRAY_API int astray_request_set_body(astray_request *request, const char *bytes, size_t size);
/* One fetch alone reads an upload. */
ASTRAY_API int astray_request_set_upload(astray_request *request, astray_upload *upload);

/* Asked for the body on the client's thread when there is room. A count of bytes, 0 for the end, or: */
enum astray_body_answer { ASTRAY_BODY_LATER = -1, ASTRAY_BODY_FAILED = -2 };
typedef struct astray_body_source {
  size_t struct_size; /* sizeof(astray_body_source) */
  void *user;
  uint64_t length;                                             /* or ASTRAY_UNKNOWN */
  int64_t (*read)(void *user, char *buffer, size_t size);      /* after LATER: astray_fetch_body_ready() */
  int (*rewind)(void *user);                                   /* 1: back at the first byte; NULL: cannot be */
} astray_body_source;
ASTRAY_API int astray_request_set_body_source(astray_request *request, const astray_body_source *source);

/* ---- A body that is written into. ---- */
/* Keeps at most so many bytes that the connection has not taken. */
ASTRAY_API astray_upload *astray_upload_new(size_t most_waiting, uint64_t length_or_unknown);
/* Before astray_upload_finish(): the fetch fails. */
ASTRAY_API void astray_upload_free(astray_upload *upload);
/* Waits while there is no room. ASTRAY_OVER: the fetch has ended, or this was finished. */
ASTRAY_API int astray_upload_write(astray_upload *upload, const char *bytes, size_t size);
/* How many were taken; a negative code. */
ASTRAY_API int64_t astray_upload_try_write(astray_upload *upload, const char *bytes, size_t size);
ASTRAY_API int astray_upload_finish(astray_upload *upload);
ASTRAY_API int astray_upload_fail(astray_upload *upload, const char *why);

/* ---- Three ways to fetch. ---- */
/* Waits for the whole response. */
ASTRAY_API astray_outcome *astray_client_fetch(astray_client *client, const astray_request *request);
ASTRAY_API void astray_outcome_free(astray_outcome *outcome);

/* Waits for the head; then the body is read. */
ASTRAY_API astray_stream *astray_client_open(astray_client *client, const astray_request *request);
/* Cancels what is left. */
ASTRAY_API void astray_stream_free(astray_stream *stream);
/* NULL: none came. */
ASTRAY_API const astray_head *astray_stream_head(const astray_stream *stream);
/* Waits for at least one byte. 0: the end; ASTRAY_FAILED or another code. */
ASTRAY_API int64_t astray_stream_read(astray_stream *stream, char *buffer, size_t size);
/* From any thread. */
ASTRAY_API int astray_stream_cancel(astray_stream *stream);
/* Once astray_stream_read() gave 0 or ASTRAY_FAILED, or no head came; NULL before. Without a body. */
ASTRAY_API const astray_outcome *astray_stream_outcome(const astray_stream *stream);

/* Every function may be NULL. They may start, steer and free fetches, this one too. */
typedef struct astray_listener {
  size_t struct_size; /* sizeof(astray_listener) */
  void *user;
  void (*on_interim)(void *user, astray_fetch *fetch, const astray_head *head);     /* 1xx */
  void (*on_passed_over)(void *user, astray_fetch *fetch, const astray_head *head); /* a 421 or redirect not kept */
  int (*on_head)(void *user, astray_fetch *fetch, const astray_head *head);         /* an astray_demand */
  int (*on_body)(void *user, astray_fetch *fetch, const char *bytes, size_t size);  /* an astray_demand */
  void (*on_trailers)(void *user, astray_fetch *fetch, const astray_fields *fields);
  void (*on_end)(void *user, astray_fetch *fetch, const astray_outcome *outcome); /* once, the last; without a body */
} astray_listener;
ASTRAY_API astray_fetch *astray_client_start(astray_client *client, const astray_request *request, const astray_listener *listener);
/* Cancels. When it returns no callback runs, and none will; in one of its own callbacks, that is the last. */
ASTRAY_API void astray_fetch_free(astray_fetch *fetch);
ASTRAY_API int astray_fetch_cancel(astray_fetch *fetch);
ASTRAY_API int astray_fetch_resume(astray_fetch *fetch);
ASTRAY_API int astray_fetch_body_ready(astray_fetch *fetch);
/* 1: it has ended; 0: not in that time (ASTRAY_UNKNOWN: no limit); a negative code. */
ASTRAY_API int astray_fetch_wait(astray_fetch *fetch, uint64_t milliseconds);

/* ---- What came. ---- */
/* Unknown ids: 0, "". */
ASTRAY_API uint64_t astray_outcome_number(const astray_outcome *outcome, int number);
ASTRAY_API const char *astray_outcome_text(const astray_outcome *outcome, int text);
enum astray_number {
  ASTRAY_STATUS = 1, ASTRAY_MAY_HAVE_BEEN_PROCESSED = 2, ASTRAY_CONNECTION_ID = 3, ASTRAY_SESSION_RESUMED = 4,
  ASTRAY_CONNECTIONS_OPENED = 5, ASTRAY_REDIRECTS = 6, ASTRAY_RETRIES = 7, ASTRAY_MISDIRECTED_ANSWERS = 8,
  ASTRAY_MISDIRECTED_FIRST_CONNECTION = 9, ASTRAY_HEAD_BYTES = 10, ASTRAY_BODY_BYTES = 11, ASTRAY_UPLOADED_BYTES = 12,
  /* nanoseconds since the fetch began */
  ASTRAY_TIME_RESOLVED = 20, ASTRAY_TIME_CONNECTED = 21, ASTRAY_TIME_SECURED = 22, ASTRAY_TIME_SENT_FROM = 23,
  ASTRAY_TIME_FIRST_BYTE = 24, ASTRAY_TIME_REDIRECTED = 25, ASTRAY_TIME_TOTAL = 26
};
enum astray_text {
  /* "" where the response is whole */
  ASTRAY_ERROR_KIND = 1, ASTRAY_ERROR_PHASE = 2, ASTRAY_ERROR_SENTENCE = 3,
  ASTRAY_HTTP_VERSION = 4, ASTRAY_REASON_PHRASE = 5, ASTRAY_URL = 6,
  ASTRAY_CARRIAGE = 7, /* "opened", "reused", "coalesced" */
  ASTRAY_SNI = 8, ASTRAY_OPENED_FOR = 9, ASTRAY_LOCAL = 10, ASTRAY_PEER = 11, ASTRAY_TLS_VERSION = 12,
  ASTRAY_CIPHER = 13, ASTRAY_MISDIRECTED_CARRIED_BY = 14, ASTRAY_MISDIRECTED_VERDICT = 15,
  ASTRAY_MISDIRECTED_REASON = 16, ASTRAY_REDIRECT_TARGET = 17
};
/* The bytes, and in *size how many; size may be NULL. */
ASTRAY_API const char *astray_outcome_body(const astray_outcome *outcome, size_t *size);
ASTRAY_API const astray_head *astray_outcome_head(const astray_outcome *outcome);
ASTRAY_API const astray_fields *astray_outcome_trailers(const astray_outcome *outcome);

ASTRAY_API int astray_head_status(const astray_head *head);
ASTRAY_API const astray_fields *astray_head_fields(const astray_head *head);
ASTRAY_API size_t astray_fields_count(const astray_fields *fields);
/* NULL past the end. */
ASTRAY_API const char *astray_fields_name(const astray_fields *fields, size_t index);
ASTRAY_API const char *astray_fields_value(const astray_fields *fields, size_t index);
/* Of the first line of that name, whatever its letter case; NULL: there is none. */
ASTRAY_API const char *astray_fields_find(const astray_fields *fields, const char *name);

#ifdef __cplusplus
}
#endif

#endif
