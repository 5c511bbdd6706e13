#include "cli/demo_outage.h"

#include <memory>

#include <fmt/format.h>

#include "audit/auditor.h"
#include "audit/client_answers.h"
#include "audit/hops.h"
#include "base/ascii.h"
#include "base/check.h"
#include "embedded/demo_broken.h"
#include "embedded/demo_repaired.h"
#include "report/audit_formats.h"
#include "report/layout.h"
#include "report/printable.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

constexpr std::string_view front_path = "/etc/nginx/nginx.conf";
constexpr std::string_view back_path = "/etc/apache2/apache2.conf";
constexpr Version nginx_version{1, 26, 3};
constexpr Version httpd_before{2, 4, 63};
constexpr Version httpd_after{2, 4, 65};
/// 2026-01-01: the demo says the same on every day.
constexpr Instant demo_day{1767225600};

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// The back's file, at home in the folder where a package puts it.
std::string back_text() {
  constexpr std::string_view here = "ServerRoot \".\"";
  std::string text(embedded::demo_broken("apache2"));
  const size_t at = text.find(here);
  CHECK(at != std::string::npos);
  return text.replace(at, here.size(), "ServerRoot \"/etc/apache2\"");
}

/// Lines such as "ssl/front.pem: shop.example, blog.example".
void declare_certificates(FakeCertificateSource& certificates) {
  for (const std::string_view line : lines_of(embedded::demo_broken("certificates"))) {
    const size_t colon = line.find(':');
    CHECK(colon != std::string_view::npos);
    std::vector<std::string> names;
    for (std::string_view rest = line.substr(colon + 1); !rest.empty();) {
      const size_t end = std::min(rest.find(','), rest.size());
      names.emplace_back(ascii_trim(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    for (const std::string_view folder : {"/etc/nginx/", "/etc/apache2/"}) {
      certificates.declare(std::string(folder) + std::string(line.substr(0, colon)), names);
    }
  }
}

/// The two servers, with files and certificates that exist in memory alone.
class Scene {
 public:
  Scene(std::string_view front, std::string_view back, Version httpd_version) {
    files_.add(std::string(front_path), std::string(front));
    files_.add(std::string(back_path), std::string(back));
    declare_certificates(certificates_);
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
    const std::string_view front = embedded::demo_broken("nginx");
    const std::string_view repaired_front = embedded::demo_repaired("nginx");
    const std::string back = back_text();
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
    show_fix(front, repaired_front);
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
    for (const std::string_view line : lines_of(text)) {
      out_.output.write(
          fmt::format("{}  {}\n", out_.palette.paint(Role::faint, fmt::format("{:>4}", ++number)), line));
    }
    out_.output.write("\n");
  }

  void show_files(std::string_view front, std::string_view back) {
    heading("2. The two configurations");
    show_file(front_path, front);
    show_file(back_path, back);
    say("Both are well-formed, and each is right for itself: neither nginx -t nor apachectl configtest "
        "objects.");
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

  void show_fix(std::string_view broken, std::string_view repaired) {
    say("nginx sends no SNI to the back unless it is told to, and by default it would be the wrong one: the "
        "host of "
        "proxy_pass. Two lines make the SNI follow the Host:");
    out_.output.write("\n  " + out_.palette.paint(Role::place, front_path) + "\n");
    const std::vector<std::string_view> before = lines_of(broken);
    const std::vector<std::string_view> after = lines_of(repaired);
    size_t same = 0;
    while (same < std::min(before.size(), after.size()) && before[same] == after[same]) ++same;
    size_t same_behind = 0;
    while (same_behind < std::min(before.size(), after.size()) - same &&
           before[before.size() - 1 - same_behind] == after[after.size() - 1 - same_behind]) {
      ++same_behind;
    }
    constexpr size_t context = 2;
    for (size_t i = same - std::min(same, context); i < same; ++i)
      out_.output.write(fmt::format("    {}\n", before[i]));
    for (size_t i = same; i < before.size() - same_behind; ++i) {
      out_.output.write("  " + out_.palette.paint(Role::error, fmt::format("- {}", before[i])) + "\n");
    }
    for (size_t i = same; i < after.size() - same_behind; ++i) {
      out_.output.write("  " + out_.palette.paint(Role::good, fmt::format("+ {}", after[i])) + "\n");
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

  ConsoleStream& out_;
};

}  // namespace

void tell_outage(Console& console) {
  Guide(console).run();
}

}  // namespace astray
