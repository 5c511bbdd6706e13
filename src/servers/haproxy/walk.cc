#include "servers/haproxy/walk.h"

#include <algorithm>

namespace astray::haproxy {
namespace {

using Action = Rule::Action;

class Walk {
 public:
  Walk(const Proxies& proxies, RequestView request) : proxies_(proxies), request_(std::move(request)) {}

  Outcome run(ProxyId id) {
    const Proxy& front = proxies_.at(id);
    frontend_ = &front;
    outcome_.answerer = id;
    outcome_.source = front.span;
    if (!front.complete) return give_up(front.span);
    if (!pass_rules(front)) return std::move(outcome_);
    const ProxyId chosen = choose_backend(id);
    if (outcome_.kind == Outcome::Kind::unknown && is_done_) return std::move(outcome_);
    if (chosen == ProxyId::none) return answer(503, outcome_.source);
    outcome_.answerer = chosen;
    const Proxy& back = proxies_.at(chosen);
    if (!back.complete) return give_up(back.span);
    if (chosen != id && !pass_rules(back)) return std::move(outcome_);
    const bool has_server =
        std::any_of(back.servers.begin(), back.servers.end(), [](const ServerLine& each) { return !each.disabled; });
    if (!has_server) return answer(503, back.span);
    for (const Proxy* proxy : {&back, &front})
      for (const Rule& rule : proxy->response_rules)
        if (judge(rule.condition, request_) != Truth::no) return give_up(rule.span);
    outcome_.kind = Outcome::Kind::served;
    return std::move(outcome_);
  }

 private:
  /// False: a rule has ended the request.
  bool pass_rules(const Proxy& proxy) {
    if (!pass(proxy.tcp_rules, proxy)) return false;
    if (!request_.has_http) return true;
    return pass(proxy.http_rules, proxy) && pass(proxy.redirects, proxy);
  }

  bool pass(const std::vector<Rule>& rules, const Proxy& proxy) {
    current_ = &proxy;
    bool may_have_ended = false;
    for (const Rule& rule : rules) {
      const Truth holds = judge(rule.condition, request_);
      if (holds == Truth::no) continue;
      const bool is_sure = holds == Truth::yes;
      switch (rule.action) {
        case Action::set_variable:
        case Action::drop_variable:
          set_variable(rule, is_sure && !may_have_ended);
          continue;
        case Action::set_host:
        case Action::obscure_host:
          if (request_.host_is_fixed) return fail_at(rule, is_sure && !may_have_ended);
          set_host(rule, is_sure && !may_have_ended);
          continue;
        case Action::allow:
          if (is_sure) return true;
          may_have_ended = true;
          continue;
        default:
          break;
      }
      if (!is_sure || may_have_ended || rule.action == Action::unknown) {
        give_up(rule.span);
        return false;
      }
      end_with(rule);
      return false;
    }
    return true;
  }

  /// A rule that cannot be carried out, which ends the request: 500.
  bool fail_at(const Rule& rule, bool is_sure) {
    if (is_sure && rule.action == Action::set_host)
      answer(500, rule.span);
    else
      give_up(rule.span);
    return false;
  }

  void end_with(const Rule& rule) {
    outcome_.source = rule.span;
    if (rule.action == Action::close) {
      outcome_.kind = Outcome::Kind::closed;
    } else if (rule.action == Action::answer && rule.status < 300) {
      outcome_.kind = Outcome::Kind::served;
    } else if (rule.action == Action::answer || rule.action == Action::redirect) {
      outcome_.kind = Outcome::Kind::status;
      outcome_.status = rule.status;
    } else {
      answer(rule.status, rule.span);
    }
  }

  void set_variable(const Rule& rule, bool is_sure) {
    if (rule.action == Action::drop_variable && is_sure) {
      request_.variables.erase(rule.variable);
      return;
    }
    std::optional<std::string> value;
    if (is_sure && rule.format) {
      value = evaluate(*rule.format, request_);
    } else if (is_sure && rule.expression) {
      const Value found = evaluate(*rule.expression, request_);
      if (found.kind == Value::Kind::absent) return;  // a sample that is not there sets nothing
      if (found.kind != Value::Kind::unknown) value = found.text;
    }
    request_.variables.insert_or_assign(rule.variable, std::move(value));
  }

  void set_host(const Rule& rule, bool is_sure) {
    outcome_.host_rules.push_back(&rule);
    std::optional<std::string> host;
    if (is_sure && rule.action == Action::set_host && rule.format) host = evaluate(*rule.format, request_);
    request_.host_known = host.has_value();
    request_.host = std::move(host);
  }

  ProxyId choose_backend(ProxyId frontend) {
    const Proxy& front = proxies_.at(frontend);
    auto run = front.runs.begin();
    for (size_t i = 0; i < front.use_backend.size(); ++i) {
      if (run != front.runs.end() && run->begin == i) {
        const Value value = evaluate(*run->expression, request_);
        if (value.kind != Value::Kind::unknown)
          i = value.kind == Value::Kind::absent ? run->end : run->find(value.text);
        const bool is_passed = i == run->end;
        ++run;
        if (is_passed) {
          --i;  // the loop goes on behind the run
          continue;
        }
      }
      const UseBackend& rule = front.use_backend[i];
      const Truth holds = judge(rule.condition, request_);
      if (holds == Truth::no) continue;
      const std::optional<std::string> name =
          holds == Truth::yes ? evaluate(rule.target, request_) : std::nullopt;
      if (!name) {
        give_up(rule.span);
        return ProxyId::none;
      }
      outcome_.source = rule.span;
      const ProxyId id = proxies_.backend(*name);
      if (id != ProxyId::none) return id;
      break;  // a name that no backend has: the default is asked, and no further rule
    }
    outcome_.by_default = true;
    if (!front.default_backend_known) {
      give_up(front.default_backend_span);
      return ProxyId::none;
    }
    if (front.default_backend) {
      outcome_.source = front.default_backend_span;
      return proxies_.backend(*front.default_backend);
    }
    outcome_.source = front.span;
    return front.has_servers ? frontend : ProxyId::none;
  }

  Outcome give_up(SourceSpan source) {
    outcome_.kind = Outcome::Kind::unknown;
    outcome_.source = source;
    is_done_ = true;
    return outcome_;
  }

  /// An error of HAProxy's own, which errorfile and its like may turn into another.
  Outcome answer(int status, SourceSpan source) {
    outcome_.kind = Outcome::Kind::status;
    outcome_.status = status;
    outcome_.source = source;
    for (const Proxy* proxy : {current_, frontend_}) {
      if (proxy == nullptr) continue;
      const auto found = proxy->error_statuses.find(status);
      if (found == proxy->error_statuses.end()) continue;
      if (found->second == 0) return give_up(source);
      outcome_.status = found->second;
      break;
    }
    return outcome_;
  }

  const Proxies& proxies_;
  RequestView request_;
  const Proxy* frontend_ = nullptr;
  const Proxy* current_ = nullptr;
  Outcome outcome_;
  bool is_done_ = false;
};

}  // namespace

Outcome walk(const Proxies& proxies, ProxyId frontend, RequestView request) {
  return Walk(proxies, std::move(request)).run(frontend);
}

}  // namespace astray::haproxy
