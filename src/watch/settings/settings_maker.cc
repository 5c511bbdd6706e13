#include "watch/settings/settings_maker.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "audit/client_answers.h"
#include "base/ascii.h"
#include "tls/certificate.h"
#include "watch/settings/settings_reader.h"

namespace astray::watch {

WatchSettings SettingsMaker::make(SaidSettings said) {
  WatchSettings settings;
  make_targets(said, settings);
  for (const NodeText& node : said.nodes) settings.nodes.push_back(node.node);
  for (SaidConfiguration& each : said.configurations)
    settings.configurations.push_back({std::move(each.path.text), each.server ? each.server->value.text : ""});
  for (SaidLog& each : said.logs) {
    std::string node = each.node ? each.node->text : each.path.text;
    settings.logs.push_back({std::move(each.path.text), std::move(node), each.format ? each.format->value.text : ""});
  }
  settings.dns_servers = std::move(said.dns_servers);
  for (const ClientText& client : said.clients) settings.clients.push_back(client.profile);
  if (settings.clients.empty()) settings.clients = default_audit_clients();
  make_questions(said.questions, settings);
  settings.pace = {said.pace.interval, said.pace.jitter.value / 100.0, said.pace.cells_per_round};
  settings.probe.connections_per_second = said.pace.connections_per_second;
  settings.probe.per_node = said.pace.connections_per_node;
  settings.probe.concurrency = said.pace.connections;
  settings.alerts = {said.alerts.hold, said.alerts.settle, said.alerts.certificate_expiring,
                     said.alerts.refusals_at_least, static_cast<double>(said.alerts.refusals_times)};
  make_outlets(said, settings);
  return settings;
}

void SettingsMaker::make_targets(SaidSettings& said, WatchSettings& settings) {
  const SourceSpan whole{SourceFileId{0}, 1, 1};
  for (Placed<TargetText>& each : said.targets) settings.targets.push_back(std::move(each.value.target));
  for (const Placed<FilePath>& each : said.target_files) {
    const Result<std::string> text = files_.read(each.value.text);
    if (!text) {
      problems_.complain(each.place, "target_files: " + text.error().message);
      continue;
    }
    Result<std::vector<ProbeTarget>> listed = parse_target_list(*text, each.value.text);
    if (!listed) {
      problems_.complain(each.place, "target_files: " + listed.error().message);
      continue;
    }
    settings.targets.insert(settings.targets.end(), std::make_move_iterator(listed->begin()),
                            std::make_move_iterator(listed->end()));
  }
  if (settings.targets.empty() && said.configurations.empty() && said.logs.empty() && said.target_files.empty())
    problems_.complain(whole,
                       "there is nothing to watch; say targets: [https://a.example], or name configurations or logs");
  if (settings.targets.size() > most_targets)
    problems_.complain(whole, fmt::format("{} targets are too many; expected at most {}", settings.targets.size(),
                                          most_targets));
  if (said.nodes.size() > most_nodes)
    problems_.complain(whole,
                       fmt::format("{} nodes are too many; expected at most {}", said.nodes.size(), most_nodes));
}

void SettingsMaker::make_questions(const SaidQuestions& said, WatchSettings& settings) {
  settings.axes.preset = said.axes;
  settings.axes.alpns = said.alpn;
  settings.axes.uses = said.connections;
  for (const SaidClientCertificate& each : said.client_certificates) make_client_certificate(each, settings);
  ContactSettings& contact = settings.probe.contact;
  if (said.tls_min.value > said.tls_max.value)
    problems_.complain(said.tls_min.place, "tls_min is above tls_max, so no version is left");
  contact.min_version = said.tls_min.value;
  contact.max_version = said.tls_max.value;
  contact.trust = trust(said.authorities);
  if (said.owner_field) contact.owner_field = ascii_lower(said.owner_field->text);
  contact.timeout = said.timeout;
  contact.body_limit = said.body_limit.value;
}

void SettingsMaker::make_client_certificate(const SaidClientCertificate& said, WatchSettings& settings) {
  const std::string& certificate = said.certificate.value.text;
  Result<tls::Identity> identity = tls::Identity::load(certificate, said.key ? said.key->value.text : certificate);
  if (!identity) {
    problems_.complain(said.certificate.place, "client_certificates: " + identity.error().message);
    return;
  }
  ClientCertificate authority;
  if (said.authorities) {
    const AuthoritiesResult loaded = certificates_.load_authorities(said.authorities->value.text);
    if (loaded) {
      authority = {to_hex((*loaded)->digest)};
    } else {
      problems_.complain(said.authorities->place, "authorities: " + loaded.error().message);
    }
  }
  ContactSettings& contact = settings.probe.contact;
  settings.axes.client_certificates.emplace_back(contact.client_certificates.size());
  contact.client_certificates.push_back(std::move(*identity));
  settings.client_certificate_files.push_back(certificate);
  settings.client_authorities.push_back(std::move(authority));
}

tls::TrustStore SettingsMaker::trust(const Placed<AuthoritiesText>& said) {
  const std::string& text = said.value.text;
  if (text == "none") return {};
  Result<tls::TrustStore> store =
      text == "system" ? tls::TrustStore::system()
                       : tls::TrustStore::load((std::filesystem::path(folder_) / text).lexically_normal().string());
  if (store) return std::move(*store);
  problems_.complain(said.place, "authorities: " + store.error().message);
  return {};
}

void SettingsMaker::make_outlets(SaidSettings& said, WatchSettings& settings) {
  if (said.store) settings.store = {std::move(said.store->path.text), said.store->keep};
  if (const auto& page = said.page.settings) {
    settings.page.listen = page->address.value;
    settings.page.token_file = secret(page->token, "token");
    for (const NameText& name : page->names) settings.page.names.push_back(*Hostname::parse(name.text));
    if (page->metrics_address) settings.page.metrics_listen = page->metrics_address->value;
    if (page->metrics_address && page->metrics_address->value == page->address.value)
      problems_.complain(page->metrics_address->place,
                         "metrics_address is the page's own; leave it out, /metrics is there anyway");
  }
  for (SaidWebhook& each : said.webhooks)
    settings.webhooks.push_back({std::move(each.url.text), secret(each.secret, "secret"), each.timeout});
  for (SaidAlertmanager& each : said.alertmanagers)
    settings.alertmanagers.push_back({std::move(each.url.text), each.timeout});
  if (said.clickhouse)
    settings.clickhouse = {std::move(said.clickhouse->url.text), std::move(said.clickhouse->database.text),
                           said.clickhouse->user ? said.clickhouse->user->text : "",
                           secret(said.clickhouse->password, "password")};
  if (said.nats)
    settings.nats = {std::move(said.nats->url.text), secret(said.nats->credentials, "credentials"),
                     said.nats->region ? said.nats->region->text : "",
                     said.nats->agent ? said.nats->agent->text : ""};
}

std::string SettingsMaker::secret(const std::optional<Placed<FilePath>>& said, std::string_view what) {
  if (!said) return {};
  if (files_.kind(said->value.text) != FileSource::Kind::file)
    problems_.complain(said->place, fmt::format("{}: {} is no file; expected one with the {} in it", what,
                                                said->value.text, what));
  return said->value.text;
}

}  // namespace astray::watch
