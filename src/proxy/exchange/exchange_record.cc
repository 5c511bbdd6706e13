// What the log hears of an exchange.
#include "proxy/exchange/exchange.h"

namespace astray::proxy {

gateway::LogRecord Exchange::record() const {
  gateway::LogRecord record{.time = began_at_,
                            .duration = parts_.loop.now() - began_,
                            .client = connection_.client,
                            .listener = connection_.listener,
                            .connection_id = connection_.id,
                            .request_number = request_number_,
                            .sender = connection_.facts.peer,
                            .protocol = connection_.facts.protocol,
                            .scheme = head_.scheme,
                            .authority = asked_authority(),
                            .method = head_.method,
                            .target = asked_target_.empty() ? head_.target : asked_target_,
                            .answer = answer_,
                            .reason = reason_,
                            .status = status_,
                            .request_bytes = request_bytes_,
                            .response_bytes = response_bytes_,
                            .error_kind = error_kind_,
                            .error_sentence = error_sentence_,
                            .of_connection = connection_.log_text.get()};
  if (connection_.peer != connection_.client) record.peer = connection_.peer;
  if (connection_.facts.scheme == Scheme::https && !connection_.virtual_host.empty()) {
    record.tls = gateway::LoggedTls{.version = connection_.tls_version,
                                    .cipher = connection_.cipher,
                                    .resumed = connection_.facts.resumed,
                                    .client_certificate = connection_.client_certificate_verified,
                                    .virtual_host = connection_.virtual_host};
    if (connection_.facts.sni) record.tls->sni = connection_.facts.sni->bytes();
  }
  record.user_agent = http2::first_value(head_.fields, "user-agent");
  if (virtual_host_ != nullptr) record.virtual_host = virtual_host_->settings->name.value.text;
  if (attempts_ == 0) return record;

  gateway::LoggedBack back{.name = back_label(),
                           .duration = back_took_,
                           .attempts = attempts_,
                           .retried_after_421 = retried_after_421_};
  if (has_back_connection_) {
    back.address = back_connection_.peer;
    back.connection_id = back_connection_.id;
    back.reused = back_connection_.reused;
  }
  if (back_status_ != 0) back.status = back_status_;
  record.back = back;
  return record;
}

void Exchange::write_record() {
  parts_.journal.on_request_ended(record());
}

}  // namespace astray::proxy
