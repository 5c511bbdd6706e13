#include <fmt/format.h>

#include <memory>

#include "audit/auditor.h"
#include "audit/client_answers.h"
#include "audit/hops.h"
#include "base/check.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "embedded/demo_files.h"
#include "report/audit_formats.h"
#include "report/layout.h"
#include "report/printable.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

constexpr Example examples[] = {
    {"astray demo", "Walk through a real outage, from two configurations to the fix."}};

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "done"},
    {ExitCode::failure, "the output could not be written"},
};

constexpr std::string_view see_also[] = {"audit", "predict", "explain"};

constexpr std::string_view front_path = "/etc/nginx/nginx.conf";
constexpr std::string_view back_path = "/etc/apache2/apache2.conf";
constexpr Version nginx_version{1, 26, 3};
constexpr Version httpd_before{2, 4, 63};
constexpr Version httpd_after{2, 4, 65};
/// 2026-01-01: the demo says the same on every day.
constexpr Instant demo_day{1767225600};

constexpr std::string_view fix_anchor = "            proxy_set_header Host $host;\n";
constexpr std::string_view fix_lines =
    "            proxy_ssl_server_name on;\n"
    "            proxy_ssl_name $host;\n";

std::string repaired(std::string_view front) {
  std::string text(front);
  const size_t at = text.find(fix_anchor);
  CHECK(at != std::string::npos);
  return text.insert(at + fix_anchor.size(), fix_lines);
}

/// The two servers, with files and certificates that exist in memory alone.
class Scene {
 public:
  Scene(std::string_view front, std::string_view back, Version httpd_version) {
    files_.add(std::string(front_path), std::string(front));
    files_.add(std::string(back_path), std::string(back));
    certificates_.declare("/etc/ssl/front.pem", {"shop.example", "blog.example"});
    certificates_.declare("/etc/ssl/shop.pem", {"shop.example"});
    certificates_.declare("/etc/ssl/blog.pem", {"blog.example"});
    std::vector<Site> sites;
    sites.push_back(read(front_path, ServerKind::nginx, nginx_version));
    sites.push_back(read(back_path, ServerKind::httpd, httpd_version));
    topology_ =
        std::make_unique<const Topology>(std::move(sites), DnsView(), default_audit_clients(), demo_day);
  }

  const Topology& topology() const { return *topology_; }
  AuditReport audit() const { return astray::audit(*topology_, Waivers()); }
  std::optional<std::string> text_of(const std::string& file) {
    Result<std::string> text = files_.read(file);
    return text ? std::optional(std::move(*text)) : std::nullopt;
  }

 private:
  Site read(std::string_view path, ServerKind kind, Version version) {
    const ReadOptions options{version, VersionBasis::given, "", {}, files_, certificates_};
    Result<Deployment> deployment = server(kind).read(path, options);
    CHECK(deployment.has_value());
    Site site;
    site.deployment = std::make_unique<const Deployment>(std::move(*deployment));
    site.behaviour = server(kind).behaviour(*site.deployment);
    return site;
  }

  MemoryFiles files_;
  FakeCertificateSource certificates_;
  std::unique_ptr<const Topology> topology_;
};

class Guide {
 public:
  explicit Guide(Console& console) : out_(console.out) {}

  void run() {
    const std::string_view front = embedded::demo_file("nginx");
    const std::string_view back = embedded::demo_file("apache2");
    tell_story();
    show_files(front, back);
    Scene before(front, back, httpd_before);
    Scene after(front, back, httpd_after);
    heading("3. What astray finds in them");
    report(after);
    heading("4. The same request, hop by hop");
    say("Nothing in the configurations changed that night. httpd did: since 2.4.64 a connection without SNI "
        "counts as one "
        "for the first virtual host, and a Host of another one no longer fits it.");
    follow_names("with httpd 2.4.63", before);
    follow_names("after the update to 2.4.65", after);
    heading("5. The fix");
    show_fix();
    const std::string repaired_front = repaired(front);
    Scene fixed(repaired_front, back, httpd_after);
    follow_names("with the fix", fixed);
    heading("6. The audit of the repaired files");
    report(fixed);
    next_steps();
  }

 private:
  void heading(std::string_view text) {
    out_.output.write("\n" + out_.palette.paint(Role::strong, text) + "\n\n");
  }
  void say(std::string_view text) { out_.output.write(paragraph(text, out_.columns, 2)); }
  void command(std::string_view text) {
    out_.output.write("    " + out_.palette.paint(Role::code, text) + "\n");
  }

  void tell_story() {
    out_.output.write(out_.palette.paint(Role::strong, "A request that went astray") + "\n");
    heading("1. July 2025");
    say("An nginx terminates TLS for two sites and passes requests on to an Apache httpd on the same "
        "machine, over TLS. It "
        "has worked for years. One night an unattended upgrade installs httpd 2.4.65, which closes a hole "
        "(CVE-2025-23048: client authentication of one virtual host could be passed by with a session of "
        "another). In the "
        "morning every site but the first answers 421 Misdirected Request, to every visitor. Thousands of "
        "servers behind "
        "hosting panels went down in this way.");
  }

  void show_file(std::string_view path, std::string_view text) {
    out_.output.write("  " + out_.palette.paint(Role::place, path) + "\n");
    size_t number = 0;
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      const std::string line = fmt::format("{:>4}", ++number);
      out_.output.write(fmt::format("{}  {}\n", out_.palette.paint(Role::faint, line), text.substr(0, end)));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    out_.output.write("\n");
  }

  void show_files(std::string_view front, std::string_view back) {
    heading("2. The two configurations");
    show_file(front_path, front);
    show_file(back_path, back);
    say("Both are well-formed, and each is right for itself: nginx -t and apachectl configtest have nothing "
        "to say.");
  }

  void report(Scene& scene) {
    SourceText source([&](const std::string& file) { return scene.text_of(file); });
    const AuditReport found = scene.audit();
    const AuditOutcome outcome{found, {}, {}, true, ShownPaths(""), WaivedFindings::left_out, ASTRAY_VERSION};
    command(
        "astray audit --server nginx@1.26.3 --server httpd@2.4.65 /etc/nginx/nginx.conf "
        "/etc/apache2/apache2.conf");
    out_.output.write("\n");
    write_audit_human(outcome, HumanStyle{out_.palette, out_.columns, source}, out_.output);
  }

  void follow_names(std::string_view title, const Scene& scene) {
    const SiteId front{0};
    const Deployment& deployment = scene.topology().deployment(front);
    Table table({"visitor asks for", "nginx sends SNI", "and Host", "httpd answers", "because"});
    for (size_t id = 0; id < deployment.virtual_hosts.size(); ++id) {
      for (const NamedPattern& name : deployment.virtual_hosts[id].names) {
        for (const Hop& hop :
             follow(scene.topology(), front, VirtualHostId{static_cast<uint32_t>(id)}, name.pattern.text)) {
          if (!hop.expected) continue;
          const ExpectedAnswer& answer = hop.expected->answer;
          const bool refused = answer.outcome == AnswerOutcome::reject;
          table.add(
              {{hop.front_name, Role::strong},
               {hop.sent.sni.value_or("(none)"), hop.sent.sni ? Role::plain : Role::warning},
               {hop.sent.host.value_or("(none)")},
               {refused ? fmt::format("{}", answer.status) : "the site", refused ? Role::error : Role::good},
               {std::string(to_string(answer.reason))}});
        }
      }
    }
    out_.output.write("\n  " + out_.palette.paint(Role::info, title) + "\n" +
                      table.text(out_.columns, 4, out_.palette));
  }

  void show_fix() {
    say("nginx sends no SNI to the back unless it is told to, and by default it would be the wrong one: the "
        "host of "
        "proxy_pass. Two lines make the SNI follow the Host:");
    out_.output.write("\n  " + out_.palette.paint(Role::place, front_path) + "\n");
    out_.output.write("    " + std::string(fix_anchor.substr(8)));
    std::string_view rest = fix_lines;
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      out_.output.write(out_.palette.paint(Role::good, fmt::format("  + {}", rest.substr(8, end - 8))) +
                        "\n");
      rest.remove_prefix(end + 1);
    }
  }

  void next_steps() {
    heading("Now yours");
    command("astray audit /etc/nginx/nginx.conf");
    command("nginx -T | astray audit -");
    command("astray predict --sni none --host www.example.com /etc/apache2/apache2.conf");
    command("astray list rules");
    out_.output.write("\n");
    say("astray reads configurations and certificates. It opens no connection and no private key.");
  }

  Stream& out_;
};

ExitCode run(const Arguments&, Console& console) {
  Guide(console).run();
  return ExitCode::success;
}

}  // namespace

constinit const Command demo_command = {
    .name = "demo",
    .summary = "walk through a real outage, from two configurations to the fix",
    .description =
        "Audits an example that is built in: an nginx in front of an Apache httpd, as they stood on "
        "thousands of servers "
        "when an update of httpd in July 2025 made all sites but the first answer 421. Shows the two files, "
        "the finding, "
        "the prediction at each hop before and after the update, the fix, and the audit of the repaired "
        "files. Reads no "
        "file and needs no server.",
    .operands = {},
    .options = {},
    .examples = examples,
    .exit_codes = exit_codes,
    .see_also = see_also,
    .run = run,
};

}  // namespace astray
