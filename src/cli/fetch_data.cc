#include "cli/fetch_data.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/ascii.h"
#include "cli/configuration_files.h"
#include "io/file_descriptor.h"
#include "report/printable.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

namespace astray {
namespace {

/// A body of --data lies in memory; larger ones are sent with --upload-file.
constexpr size_t most_data_bytes = size_t{1} << 30;

/// curl drops line ends and NUL from files of --data, so that a text file becomes a form's value.
std::string without_line_ends(std::string_view text) {
  std::string kept;
  for (const char c : text) {
    if (c != '\r' && c != '\n' && c != '\0') kept += c;
  }
  return kept;
}

/// "@FILE" is the file's bytes, anything else itself.
Result<std::string> text_or_file(std::string_view value, std::string_view option) {
  if (!value.starts_with('@')) return std::string(value);
  return read_whole(value.substr(1), option);
}

/// In a form a blank is a '+' (application/x-www-form-urlencoded).
std::string form_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == ' ' ? "+" : url_encoded(std::string_view(&c, 1));
  return out;
}

/// "content", "=content", "name=content", "@file" or "name@file": the content encoded, the name as it is.
Result<std::string> urlencoded_part(std::string_view value, std::string_view option) {
  const size_t sign = value.find_first_of("=@");
  if (sign == std::string_view::npos) return form_encoded(value);
  const std::string name(value.substr(0, sign));
  std::string content(value.substr(sign + 1));
  if (value[sign] == '@') {
    Result<std::string> read = read_whole(content, option);
    if (!read) return read;
    content = std::move(*read);
  }
  return (name.empty() ? "" : name + "=") + form_encoded(content);
}

Result<std::string> part_of(const Given& given) {
  if (given.option == "--data-raw") return given.value;
  if (given.option == "--data-urlencode") return urlencoded_part(given.value, given.option);
  Result<std::string> text = text_or_file(given.value, given.option);
  if (text && given.option == "--data" && given.value.starts_with('@')) return without_line_ends(*text);
  return text;
}

}  // namespace

std::string url_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const char lower = ascii_lower(c);
    const bool kept = (lower >= 'a' && lower <= 'z') || is_ascii_digit(c) ||
                      std::string_view("-._~").find(c) != std::string_view::npos;
    out += kept ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Result<std::string> read_whole(std::string_view path, std::string_view option) {
  const std::string name(path);
  if (name == "-") {
    Result<std::string> text = read_descriptor(STDIN_FILENO, most_data_bytes, "standard input");
    if (!text) return failure(fmt::format("{}: {}", option, text.error().message));
    return text;
  }
  const FileDescriptor file(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.is_open()) {
    return failure(fmt::format("{}: cannot read {}: {}", option, printable(name), std::strerror(errno)));
  }
  Result<std::string> text = read_descriptor(file.number(), most_data_bytes, name);
  if (!text) return failure(fmt::format("{}: {}", option, text.error().message));
  return text;
}

Result<FetchData> read_fetch_data(const Arguments& arguments) {
  FetchData data;
  for (const Given& given : arguments.in_order()) {
    const bool json = given.option == "--json";
    if (!json && !given.option.starts_with("--data")) continue;
    Result<std::string> part = part_of(given);
    if (!part) return tl::unexpected(part.error());
    if (data.kind != FetchData::Kind::none && !json) data.bytes += '&';
    data.bytes += *part;
    if (json || data.kind == FetchData::Kind::none) {
      data.kind = json ? FetchData::Kind::json : FetchData::Kind::form;
    }
    if (data.bytes.size() > most_data_bytes) {
      return failure("--data: more than 1 GiB in memory; send it with --upload-file");
    }
  }
  return data;
}

}  // namespace astray
