#pragma once
// Between the words of the interface and the client's.
#include <memory>

#include "astray/options.h"
#include "astray/request.h"
#include "astray/response.h"
#include "base/result.h"
#include "client/request.h"
#include "client/response.h"
#include "client/settings.h"

namespace astray::http {

/// Reads the files and the environment that they name.
Result<client::Settings> settings_of(const Options& options);

/// All but the body.
Result<client::Request, FetchError> request_of(const Request& request);
client::FieldList field_list_of(const Fields& fields);

Fields fields_of(const client::FieldList& fields);
ResponseHead head_of(const client::ResponseHead& head);
FetchError error_of(client::FetchFailure failure);
Report report_of(const client::FetchReport& report);

/// Not for the kinds that only the library has.
client::FailureKind failure_kind_of(ErrorKind kind);

Event event_of(const client::PoolEvent& event);
Counters counters_of(const client::Counters& counters, size_t connections);

}  // namespace astray::http
