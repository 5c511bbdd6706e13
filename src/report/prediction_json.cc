#include "base/json_writer.h"
#include "report/predictions.h"

namespace astray {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view value) {
  out += ",\"";
  out += name;
  out += "\":";
  append_json_string(out, value);
}

void append_name(std::string& out, std::string_view name, const AskedName& asked) {
  if (asked.text) {
    append_member(out, name, *asked.text);
  } else {
    out += ",\"";
    out += name;
    out += "\":null";
  }
  if (!asked.sample_of.empty()) append_member(out, std::string(name) + "_sample_of", asked.sample_of);
}

}  // namespace

void JsonPredictions::begin_deployment(const Deployment& deployment) {
  before_listener_ = "{\"server\":";
  append_json_string(before_listener_, to_string(deployment.server));
  append_member(before_listener_, "version", deployment.version.text());
  append_member(before_listener_, "version_basis", to_string(deployment.version_basis));
  virtual_hosts_.clear();
  for (const VirtualHost& virtual_host : deployment.virtual_hosts) {
    append_member(virtual_hosts_.emplace_back(), "virtual_host", virtual_host.label());
  }
  files_.clear();
  for (size_t id = 0; id < deployment.files.size(); ++id) {
    std::string& text = files_.emplace_back(",\"source\":{\"file\":");
    append_json_string(text, paths_.of(deployment.files.path(static_cast<SourceFileId>(id))));
    text += ",\"line\":";
  }
}

void JsonPredictions::begin_listener(std::string_view address, const Listener&, const std::vector<AskedName>&,
                                     const std::vector<AskedName>& hosts) {
  listener_ = before_listener_;
  append_member(listener_, "address", address);
  hosts_.clear();
  for (const AskedName& host : hosts) append_name(hosts_.emplace_back(), "host", host);
}

void JsonPredictions::begin_connection(const AskedConnection& connection) {
  const ExpectedHandshake& handshake = connection.handshake;
  before_host_ = listener_;
  append_name(before_host_, "sni", connection.sni);
  behind_host_.clear();
  append_member(behind_host_, "alpn", to_string(connection.alpn));
  const bool settled =
      handshake.outcome == HandshakeOutcome::ok || handshake.outcome == HandshakeOutcome::cleartext;
  if (settled) {
    append_member(behind_host_, "protocol", to_string(handshake.protocol));
  } else {
    behind_host_ += ",\"protocol\":null";
  }
  append_member(behind_host_, "handshake", to_string(handshake.outcome));
  if (handshake.alert.empty()) {
    behind_host_ += ",\"alert\":null";
  } else {
    append_member(behind_host_, "alert", handshake.alert);
  }
  behind_host_ += ",\"certificate\":";
  if (handshake.certificate == nullptr || handshake.certificate->certificate == nullptr) {
    behind_host_ += "null";
    return;
  }
  char separator = '[';
  const Certificate& certificate = *handshake.certificate->certificate;
  for (const CertificateName& name : certificate.names) {
    behind_host_ += separator;
    append_json_string(behind_host_, name.text());
    separator = ',';
  }
  behind_host_ += certificate.names.empty() ? "[]" : "]";
}

void JsonPredictions::answer(size_t host, const ExpectedAnswer& answer) {
  text_ += before_host_;
  text_ += hosts_[host];
  text_ += behind_host_;
  if (answer.virtual_host == VirtualHostId::none) {
    text_ += ",\"virtual_host\":null";
  } else {
    text_ += virtual_hosts_[static_cast<size_t>(answer.virtual_host)];
  }
  text_ += ",\"outcome\":\"";
  text_ += to_string(answer.outcome);
  if (answer.status == 0) {
    text_ += "\",\"status\":null,\"reason\":\"";
  } else {
    text_ += "\",\"status\":";
    append_json_number(text_, answer.status);
    text_ += ",\"reason\":\"";
  }
  text_ += to_string(answer.reason);
  text_ += '"';
  if (answer.source.known()) {
    text_ += files_[static_cast<size_t>(answer.source.file)];
    append_json_number(text_, answer.source.line);
    text_ += "}}\n";
  } else {
    text_ += ",\"source\":null}\n";
  }
  if (text_.size() >= large_piece_bytes) finish();
}

void JsonPredictions::finish() {
  sink_.write(text_);
  text_.clear();
}

}  // namespace astray
