#include "cli/fetch_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/fetch_fields.h"
#include "cli/fetch_numbers.h"
#include "client/basic_credentials.h"
#include "report/printable.h"

namespace astray {
namespace {

using client::HttpVersions;
using client::Request;

Result<HttpVersions> versions_of(const Arguments& arguments) {
  const bool h1 = arguments.has("--http1.1");
  const bool prior = arguments.has("--http2-prior-knowledge");
  if (h1 && (prior || arguments.has("--http2"))) {
    return failure(
        fmt::format("--http1.1 and {} exclude each other", prior ? "--http2-prior-knowledge" : "--http2"));
  }
  return h1 ? HttpVersions::h1_only : prior ? HttpVersions::h2_only : HttpVersions::h2_or_h1;
}

Result<client::Timeouts> timeouts_of(const Arguments& arguments) {
  client::Timeouts timeouts;
  const auto total = parse_seconds(arguments, "--max-time");
  if (!total) return tl::unexpected(total.error());
  if (*total && **total > Duration::zero()) timeouts.total = **total;
  const auto connect = parse_seconds(arguments, "--connect-timeout");
  if (!connect) return tl::unexpected(connect.error());
  if (*connect && **connect > Duration::zero()) {
    timeouts.resolve = timeouts.connect = timeouts.handshake = **connect;
  }
  return timeouts;
}

Result<std::optional<client::ConnectIdentity>> identity_of(const Arguments& arguments) {
  if (!arguments.has("--connect-identity")) return std::nullopt;
  const std::string_view name = arguments.value("--connect-identity");
  const auto host = Host::parse(name);
  if (!host) {
    return failure(
        fmt::format("--connect-identity: '{}' is no name: {}", printable(name), describe(host.error())));
  }
  client::ConnectIdentity identity{std::nullopt, *host};
  if (const auto server_name = ServerName::for_host(*host)) identity.server_name = *server_name;
  return identity;
}

/// What sort of request the options make, and with which body.
struct Shape {
  std::string method = "GET";
  FetchData data;
  enum class DataGoes : uint8_t { into_body, into_query } data_goes = DataGoes::into_body;
};

Result<Shape> shape_of(const Arguments& arguments) {
  Shape shape;
  Result<FetchData> data = read_fetch_data(arguments);
  if (!data) return tl::unexpected(data.error());
  shape.data = std::move(*data);
  const bool has_data = shape.data.kind != FetchData::Kind::none;
  const bool upload = arguments.has("--upload-file");
  const bool head = arguments.has("--head");
  if (arguments.has("--get")) shape.data_goes = Shape::DataGoes::into_query;
  if (shape.data_goes == Shape::DataGoes::into_body) {
    if (has_data && upload)
      return failure("--data and --upload-file exclude each other: a request has one body");
    if (has_data && head)
      return failure("--head and --data exclude each other; -G puts the data into the URL");
    if (has_data) shape.method = "POST";
  } else {
    shape.data.kind = FetchData::Kind::none;
  }
  if (upload && head) return failure("--head and --upload-file exclude each other");
  if (head) shape.method = "HEAD";
  if (arguments.has("--request")) shape.method = arguments.value("--request");
  if (shape.method.empty()) return failure("--request: the method is empty; leave the option out for GET");
  return shape;
}

Result<Url> url_of(const std::string& text) {
  auto url = Url::parse_lenient(text);
  if (!url) return failure(fmt::format("{}: {}", printable(text), describe(url.error())));
  return *url;
}

/// -G: the data behind what the query has.
Result<Url> with_query(const Url& url, const std::string& data, const std::string& text) {
  if (data.empty()) return url;
  const char sign = url.target.find('?') == std::string::npos ? '?' : '&';
  Result<Url> extended = url_of(url.text() + sign + data);
  if (!extended) return failure(fmt::format("{} with --get: {}", printable(text), extended.error().message));
  extended->userinfo = url.userinfo;
  return extended;
}

std::string last_segment(std::string_view target) {
  target = target.substr(0, target.find('?'));
  return std::string(target.substr(target.rfind('/') + 1));
}

/// -T to a URL that ends in '/': the file's own name behind it, as curl does.
Result<Url> with_file_name(const Url& url, const std::string& path, const std::string& text) {
  if (!url.target.ends_with('/') || path == "-") return url;
  Result<Url> extended = url_of(url.text() + url_encoded(path.substr(path.rfind('/') + 1)));
  if (!extended)
    return failure(fmt::format("{} with --upload-file: {}", printable(text), extended.error().message));
  extended->userinfo = url.userinfo;
  return extended;
}

Result<FetchOutput> output_of(const Arguments& arguments, size_t number, const Url& url) {
  size_t seen = 0;
  const Given* chosen = nullptr;
  for (const Given& given : arguments.in_order()) {
    if ((given.option == "--output" || given.option == "--remote-name") && seen++ == number) chosen = &given;
  }
  const bool remote =
      chosen == nullptr ? arguments.has("--remote-name-all") : chosen->option == "--remote-name";
  FetchOutput output;
  if (!remote && (chosen == nullptr || chosen->value == "-")) return output;
  output.kind = FetchOutput::Kind::file;
  output.path = remote ? last_segment(url.target) : chosen->value;
  if (output.path.empty()) {
    return failure(remote
                       ? fmt::format("--remote-name: {} has no file name at its end; name one with --output",
                                     printable(url.text()))
                       : "--output: the name is empty; - is standard output");
  }
  if (arguments.has("--output-dir") && !output.path.starts_with('/')) {
    output.path = fmt::format("{}/{}", arguments.value("--output-dir"), output.path);
  }
  return output;
}

std::vector<std::string> urls_of(const Arguments& arguments) {
  std::vector<std::string> urls;
  for (const Given& given : arguments.in_order()) {
    if (given.option.empty() || given.option == "--url") urls.push_back(given.value);
  }
  return urls;
}

Result<void> check_numbers(const Arguments& arguments, size_t urls) {
  if (urls == 0) return failure("nothing to fetch: name a URL such as https://a.example/");
  const size_t outputs = arguments.values("--output").size() + arguments.values("--remote-name").size();
  if (outputs > urls) {
    return failure(fmt::format("{} outputs are named for {}; each --output or --remote-name is for one URL",
                               outputs, urls == 1 ? "one URL" : fmt::format("{} URLs", urls)));
  }
  const std::vector<std::string>& uploads = arguments.values("--upload-file");
  if (uploads.size() > urls) return failure("there are more --upload-file than URLs; each is for one URL");
  if (std::count(uploads.begin(), uploads.end(), "-") > 1) {
    return failure("--upload-file -: standard input can be sent once");
  }
  return {};
}

/// All that is the same for every URL.
Result<Request> common_request(const Arguments& arguments, const Url& any_url) {
  Request request{.url = any_url};
  const auto versions = versions_of(arguments);
  if (!versions) return tl::unexpected(versions.error());
  request.versions = *versions;
  const auto timeouts = timeouts_of(arguments);
  if (!timeouts) return tl::unexpected(timeouts.error());
  request.timeouts = *timeouts;
  auto identity = identity_of(arguments);
  if (!identity) return tl::unexpected(identity.error());
  request.identity = std::move(*identity);
  const auto redirects = parse_count(arguments, "--max-redirs", 0, 1'000'000);
  if (!redirects) return tl::unexpected(redirects.error());
  // curl follows from https to http too; that gives away what was protected, so it stays refused.
  if (arguments.has("--location")) request.redirects.limit = static_cast<int>(**redirects);
  if (arguments.has("--compressed")) request.decoding = client::Decoding::decoded;
  const auto most_bytes = parse_bytes(arguments, "--max-filesize");
  if (!most_bytes) return tl::unexpected(most_bytes.error());
  if (*most_bytes && **most_bytes > 0) request.most_body_bytes = **most_bytes;
  return request;
}

}  // namespace

Result<std::vector<FetchTarget>> parse_fetch_targets(const Arguments& arguments) {
  const std::vector<std::string> urls = urls_of(arguments);
  if (const Result<void> good = check_numbers(arguments, urls.size()); !good)
    return tl::unexpected(good.error());
  Result<Shape> shape = shape_of(arguments);
  if (!shape) return tl::unexpected(shape.error());
  Result<FetchFields> fields = parse_fetch_fields(arguments, shape->data.kind);
  if (!fields) return tl::unexpected(fields.error());
  Result<Url> first = url_of(urls.front());
  if (!first) return tl::unexpected(first.error());
  Result<Request> common = common_request(arguments, *first);
  if (!common) return tl::unexpected(common.error());
  const std::vector<std::string>& uploads = arguments.values("--upload-file");

  std::vector<FetchTarget> targets;
  for (size_t i = 0; i < urls.size(); ++i) {
    FetchTarget target{.text = urls[i], .request = *common};
    Request& request = target.request;
    request.method = shape->method;
    Result<Url> url = url_of(urls[i]);
    if (url && shape->data_goes == Shape::DataGoes::into_query)
      url = with_query(*url, shape->data.bytes, urls[i]);
    if (url && i < uploads.size()) {
      target.upload = uploads[i];
      if (!arguments.has("--request")) request.method = "PUT";
      url = with_file_name(*url, uploads[i], urls[i]);
    }
    if (!url) return tl::unexpected(url.error());
    if (const Result<void> good = check_hosts(*fields, *url); !good) return tl::unexpected(good.error());
    const bool completed = shape->data_goes == Shape::DataGoes::into_query || !target.upload.empty();
    if (completed) target.text = url->text();
    request.url = std::move(*url);
    request.fields = fields->fields;
    target.referer = request.fields.find("referer").value_or("");
    const std::string credentials =
        fields->credentials.empty() ? request.url.userinfo.value_or("") : fields->credentials;
    request.url.userinfo.reset();
    if (!credentials.empty() && !request.fields.find("authorization")) {
      request.fields.add("Authorization", client::basic_credentials(credentials));
    }
    if (shape->data.kind != FetchData::Kind::none) request.body = shape->data.bytes;
    Result<FetchOutput> output = output_of(arguments, i, request.url);
    if (!output) return tl::unexpected(output.error());
    target.output = std::move(*output);
    targets.push_back(std::move(target));
  }
  return targets;
}

}  // namespace astray
