#include "cli/inputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "report/layout.h"
#include "report/printable.h"
#include "servers/discovery.h"

namespace astray {

Inputs::Inputs(InputOptions options, CertificateSource& certificates, Console& console, Progress& progress)
    : options_(std::move(options)),
      certificates_(certificates, options_.root),
      console_(console),
      progress_(progress),
      files_(options_.max_file_size, options_.root, progress),
      source_([this](const std::string& file) { return files_.text_of(file); }) {}

std::optional<Error> Inputs::read(const std::vector<std::string>& configurations) {
  if (std::count(configurations.begin(), configurations.end(), "-") > 1) {
    return Error{"'-' stands twice, but standard input can be read only once"};
  }
  const std::vector<Input> inputs = inputs_of(configurations);
  if (std::optional<Error> unmet = unmet_choice(configurations, inputs)) return unmet;
  for (const Input& input : inputs) {
    // A file of a folder that another configuration there includes is a part of that one.
    if (input.server != nullptr && files_.was_read(input.path)) continue;
    Result<Site> site = read_one(input, inputs.size());
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

std::optional<Error> Inputs::unmet_choice(const std::vector<std::string>& configurations,
                                          const std::vector<Input>& inputs) const {
  for (const ServerChoice& choice : options_.choices) {
    if (choice.input.empty()) continue;
    if (std::find(configurations.begin(), configurations.end(), choice.input) != configurations.end()) continue;
    if (std::any_of(inputs.begin(), inputs.end(), [&](const Input& input) { return input.path == choice.input; })) continue;
    return Error{
        fmt::format("--server {}=…: no CONFIG of that name is given, and none was found in a folder; spell it as the "
                    "operand is spelled",
                    printable(choice.input))};
  }
  return std::nullopt;
}

std::vector<Inputs::Input> Inputs::inputs_of(const std::vector<std::string>& configurations) {
  std::vector<Input> inputs;
  for (const std::string& configuration : configurations) {
    std::vector<Input> found;
    if (configuration != "-" && files_.kind(configuration) == FileSource::Kind::directory)
      found = found_in(configuration, configurations.size());
    if (found.empty()) found.push_back({configuration});
    inputs.insert(inputs.end(), found.begin(), found.end());
  }
  return inputs;
}

std::vector<Inputs::Input> Inputs::found_in(const std::string& folder, size_t of_how_many) {
  std::vector<const Server*> stated;
  for (const ServerChoice& choice : options_.choices) {
    if (choice.input == folder) return {};
    if (choice.input.empty()) stated.push_back(choice.server);
  }
  progress_.stage("looking for configurations");
  DiskFiles disk(options_.max_file_size, options_.root);  // what is only looked at does not count as read
  Discovery discovery = discover(disk, folder);
  // One folder and one kind, both stated: whatever else lies there is not meant.
  if (of_how_many == 1 && stated.size() == 1 && discovery.found.size() > 1 &&
      std::all_of(discovery.found.begin(), discovery.found.end(), [&](const FoundConfiguration& each) {
        return each.path.substr(0, each.path.rfind('/')) == folder || each.path == folder;
      }))
    return {};
  std::vector<Input> inputs;
  for (FoundConfiguration& each : discovery.found) inputs.push_back({std::move(each.path), each.server});
  if (inputs.size() == 1 && inputs.front().path == folder) return {};
  for (const Discovery::Ambiguous& each : discovery.ambiguous) {
    // --server FILE=KIND settles it, as does a kind stated for all.
    std::string known;
    const Server* meant = nullptr;
    for (const Server* server : each.servers) {
      known += fmt::format("{}{}", known.empty() ? "" : " or ", server->display_name);
      if (std::find(stated.begin(), stated.end(), server) != stated.end()) meant = server;
    }
    for (const ServerChoice& choice : options_.choices)
      if (choice.input == each.path) meant = choice.server;
    if (meant != nullptr) {
      inputs.push_back({each.path, meant});
    } else {
      unread_.push_back(fmt::format("{}: could be the configuration of {}; say which with --server {}=KIND", each.path,
                                    known, each.path));
    }
  }
  progress_.clear();
  constexpr size_t most_told = 20;
  for (size_t i = 0; i < std::min(inputs.size(), most_told); ++i)
    console_.note(fmt::format("{}: {}", printable(inputs[i].path), inputs[i].server->display_name));
  if (inputs.size() > most_told) console_.note(fmt::format("and {} further configurations", inputs.size() - most_told));
  if (!inputs.empty() && discovery.unrecognised_files > 0)
    console_.note(fmt::format("{}: passed by {} (certificates, pages, parts of the above)",
                              printable(folder), count(discovery.unrecognised_files, "other file")));
  if (discovery.files_left_out > 0)
    unread_.push_back(fmt::format("{}: {} files or folders are left out, beyond {} files or {} levels; name "
                                  "the folders that matter",
                                  folder, discovery.files_left_out, most_files, most_levels));
  return inputs;
}

Result<Site> Inputs::read_one(const Input& input, size_t of_how_many) {
  const std::string& configuration = input.path;
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

  Result<Chosen> chosen = choose(input, path, of_how_many);
  if (!chosen) return tl::unexpected(chosen.error());
  const ReadOptions read_options{chosen->version,  chosen->basis, options_.prefix,
                                 options_.defines, files_,        certificates_};
  Result<Deployment> deployment = chosen->server->read(path, read_options);
  if (!deployment) return tl::unexpected(deployment.error());
  say_what_is_assumed(input, *deployment, *chosen->server);

  Site site;
  site.deployment = std::make_unique<const Deployment>(std::move(*deployment));
  progress_.stage(fmt::format("preparing {} virtual hosts", site.deployment->virtual_hosts.size()));
  site.behaviour = chosen->server->behaviour(*site.deployment);
  return site;
}

Result<Inputs::Chosen> Inputs::choose(const Input& input, const std::string& path, size_t of_how_many) {
  for (const ServerChoice& choice : options_.choices) {
    if (choice.input == input.path) return Chosen{choice.server, choice.version, choice.basis};
  }
  if (input.server == nullptr) return recognise(input.path, path, of_how_many);
  return general_choice(*input.server).value_or(Chosen{input.server, std::nullopt, VersionBasis::assumed});
}

std::optional<Inputs::Chosen> Inputs::general_choice(const Server& server) const {
  // A version from the binary and a kind from --server can stand together: the more definite one counts.
  const ServerChoice* best = nullptr;
  for (const ServerChoice& choice : options_.choices) {
    if (choice.input.empty() && choice.server == &server && (best == nullptr || choice.version)) best = &choice;
  }
  if (best == nullptr) return std::nullopt;
  return Chosen{best->server, best->version, best->basis};
}

Result<Inputs::Chosen> Inputs::recognise(const std::string& configuration, const std::string& path,
                                         size_t of_how_many) {
  std::vector<const Server*> recognised;
  for (const Server& server : all_servers()) {
    if (server.recognise(files_, path)) recognised.push_back(&server);
  }
  for (const Server* server : recognised) {
    if (const std::optional<Chosen> stated = general_choice(*server)) return *stated;
  }
  std::vector<const ServerChoice*> general;
  for (const ServerChoice& choice : options_.choices) {
    if (choice.input.empty()) general.push_back(&choice);
  }
  if (of_how_many == 1 && general.size() == 1)
    return Chosen{general.front()->server, general.front()->version, general.front()->basis};
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

void Inputs::say_what_is_assumed(const Input& input, const Deployment& deployment, const Server& server) {
  if (deployment.version_basis != VersionBasis::assumed) return;
  progress_.clear();
  if (input.server == nullptr) {
    console_.note(
        fmt::format("{}: no version was given, so {} {} is assumed, the newest that astray models; "
                    "--server {}@VERSION or --binary PATH says otherwise",
                    deployment.main_file, server.display_name, deployment.version.text(), server.id));
  } else if (assumed_.insert(&server).second) {  // once for all that was found of this server
    console_.note(fmt::format("no version was given, so {0} {1} is assumed, the newest that astray models; --server "
                              "{2}@VERSION or --server FILE={2}@VERSION says otherwise",
                              server.display_name, deployment.version.text(), server.id));
  }
}

}  // namespace astray
