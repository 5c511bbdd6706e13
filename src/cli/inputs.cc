#include "cli/inputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "report/printable.h"

namespace astray {

Inputs::Inputs(InputOptions options, CertificateSource& certificates, Console& console, Progress& progress)
    : options_(std::move(options)),
      certificates_(certificates, options_.root),
      console_(console),
      progress_(progress),
      files_(options_.max_file_size, options_.root, progress),
      source_([this](const std::string& file) { return files_.text_of(file); }) {}

std::optional<Error> Inputs::read(const std::vector<std::string>& configurations) {
  for (const ServerChoice& choice : options_.choices) {
    if (choice.input.empty()) continue;
    if (std::find(configurations.begin(), configurations.end(), choice.input) == configurations.end()) {
      return Error{
          fmt::format("--server {}=…: no CONFIG of that name is given; spell it as the operand is spelled",
                      printable(choice.input))};
    }
  }
  if (std::count(configurations.begin(), configurations.end(), "-") > 1) {
    return Error{"'-' stands twice, but standard input can be read only once"};
  }
  for (const std::string& configuration : configurations) {
    Result<Site> site = read_one(configuration, configurations.size());
    if (!site) {
      unread_.push_back(site.error().message);
      continue;
    }
    for (const ReadProblem& problem : site->deployment->problems) {
      if (problem.severity == ReadProblem::Severity::error) has_errors_ = true;
    }
    sites_.push_back(std::move(*site));
  }
  return std::nullopt;
}

Result<Site> Inputs::read_one(const std::string& configuration, size_t of_how_many) {
  std::string path = configuration;
  if (configuration == "-") {
    Result<std::string> text = read_descriptor(STDIN_FILENO, options_.max_file_size, "standard input");
    if (!text) return tl::unexpected(text.error());
    if (text->empty()) {
      return failure(
          "standard input is empty; pipe the output of nginx -T, or a configuration file, into it");
    }
    dump_version_text_ = text->substr(0, text->find("# configuration file "));
    files_.set_standard_input(std::move(*text));
    path = ConfigurationFiles::standard_input;
  } else if (files_.kind(path) == FileSource::Kind::missing) {
    return failure(
        fmt::format("{}: no such file or folder; name a configuration file, its folder, or - for the "
                    "output of nginx -T on standard input",
                    configuration));
  }

  Result<Chosen> chosen = choose(configuration, path, of_how_many);
  if (!chosen) return tl::unexpected(chosen.error());
  const ReadOptions read_options{chosen->version,  chosen->basis, options_.prefix,
                                 options_.defines, files_,        certificates_};
  Result<Deployment> deployment = chosen->server->read(path, read_options);
  if (!deployment) return tl::unexpected(deployment.error());
  say_what_is_assumed(*deployment, *chosen->server);

  Site site;
  site.deployment = std::make_unique<const Deployment>(std::move(*deployment));
  progress_.stage(fmt::format("preparing {} virtual hosts", site.deployment->virtual_hosts.size()));
  site.behaviour = chosen->server->behaviour(*site.deployment);
  return site;
}

Result<Inputs::Chosen> Inputs::choose(const std::string& configuration, const std::string& path,
                                      size_t of_how_many) {
  const auto chosen = [](const ServerChoice& choice) {
    return Chosen{choice.server, choice.version, choice.basis};
  };
  for (const ServerChoice& choice : options_.choices) {
    if (choice.input == configuration) return chosen(choice);
  }
  std::vector<const ServerChoice*> general;
  for (const ServerChoice& choice : options_.choices) {
    if (choice.input.empty()) general.push_back(&choice);
  }

  std::vector<const Server*> recognised;
  for (const Server& server : all_servers()) {
    if (server.recognise(files_, path)) recognised.push_back(&server);
  }
  for (const Server* server : recognised) {
    // A version from the binary and a kind from --server can stand together: the more definite one counts.
    const ServerChoice* best = nullptr;
    for (const ServerChoice* choice : general) {
      if (choice->server == server && (best == nullptr || choice->version)) best = choice;
    }
    if (best != nullptr) return chosen(*best);
  }
  if (of_how_many == 1 && general.size() == 1) return chosen(*general.front());
  if (recognised.size() == 1) {
    Chosen found{recognised.front(), std::nullopt, VersionBasis::assumed};
    if (configuration == "-") {
      const std::optional<BinaryVersion> said = version_in_text(dump_version_text_);
      if (said && said->server == found.server)
        found = {found.server, said->version, VersionBasis::from_binary};
    }
    return found;
  }
  std::string known;
  const auto add = [&](const Server& server) {
    known += fmt::format("{}{}", known.empty() ? "" : " or ", server.display_name);
  };
  if (recognised.empty()) {
    for (const Server& server : all_servers()) add(server);
    const bool folder = files_.kind(path) == FileSource::Kind::directory;
    return failure(fmt::format(
        "{}: {}; expected the configuration of {}. Name its main file, or say what it is with "
        "--server KIND",
        configuration, folder ? "the folder holds no configuration that is recognised" : "not recognised",
        known));
  }
  for (const Server* server : recognised) add(*server);
  return failure(
      fmt::format("{}: could be the configuration of {}; say which with --server KIND, or name the main file",
                  configuration, known));
}

void Inputs::say_what_is_assumed(const Deployment& deployment, const Server& server) {
  if (deployment.version_basis != VersionBasis::assumed) return;
  progress_.clear();
  console_.note(
      fmt::format("{}: no version was given, so {} {} is assumed, the newest that astray models; "
                  "--server {}@VERSION or --binary PATH says otherwise",
                  deployment.main_file, server.display_name, deployment.version.text(), server.id));
}

}  // namespace astray
