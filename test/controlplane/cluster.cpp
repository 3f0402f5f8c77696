// SPDX-License-Identifier: Apache-2.0
#include "test/controlplane/cluster.hpp"

#include <algorithm>
#include <csignal>
#include <optional>
#include <utility>

#include "common/base/clock.hpp"
#include "common/http/client.hpp"
#include "test/controlplane/scheduler_config.hpp"
#include "test/support/eventually.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;

/// Four seconds are usual; a machine that is busy with something else takes its time.
constexpr auto kReadyPatience = 90s;
constexpr std::chrono::milliseconds kAskAgain{50};

bool answers_ready(const Program& program) {
  const auto url = http::parse_url(program.ready_url);
  if (!url) return false;
  http::Url origin = *url;
  const std::string target = std::exchange(origin.path, {});
  const auto answer =
      http::fetch(origin, {.target = target}, {.timeout = 5s}, {.ca_file = program.ca_file});
  return answer && answer->status == 200;
}

Result<Layout> make_layout(const std::string& folder) {
  auto programs = controlplane_programs();
  if (!programs) return programs.error();
  auto etcd = Port::reserve();
  if (!etcd) return etcd.error();
  auto peer = Port::reserve();
  if (!peer) return peer.error();
  auto api = Port::reserve();
  if (!api) return api.error();
  return Layout{.programs = std::move(*programs),
                .folder = folder,
                .etcd = std::move(*etcd),
                .etcd_peer = std::move(*peer),
                .api = std::move(*api)};
}

}  // namespace

struct Cluster::Member {
  Program program;
  std::optional<demo::Process> process = {};

  bool running() { return process && process->running(); }
};

Cluster::Cluster(Folder folder, Layout layout, Tokens tokens)
    : folder_(std::move(folder)), layout_(std::move(layout)), tokens_(std::move(tokens)) {}

Cluster::~Cluster() {
  // The API server before etcd, and before it whoever would only complain that it is gone.
  while (!members_.empty()) {
    if (auto& process = members_.back()->process; process) process->signal(SIGCONT);
    members_.pop_back();
  }
}

Result<std::unique_ptr<Cluster>> Cluster::up(const ClusterOptions& options) {
  auto folder = Folder::make();
  if (!folder) return folder.error();
  auto layout = make_layout(folder->path());
  if (!layout) return layout.error();
  auto tokens = make_tokens();
  if (!tokens) return tokens.error();
  std::unique_ptr<Cluster> cluster(
      new Cluster(std::move(*folder), std::move(*layout), std::move(*tokens)));
  if (auto done = cluster->prepare(options); !done) return wrap(done.error(), "prepare a cluster");
  if (auto done = cluster->launch(options); !done) return wrap(done.error(), "start a cluster");
  return cluster;
}

Result<> Cluster::prepare(const ClusterOptions& options) {
  if (auto done = write_service_account_keys(folder()); !done) return done;
  if (auto done = write_private(folder() + "/tokens.csv", token_file(tokens_)); !done) return done;
  if (!options.audit_policy.empty()) {
    if (auto done = write_private(layout_.audit_policy(), options.audit_policy); !done) return done;
  }
  const std::pair<std::string, std::string> users[] = {
      {"admin", tokens_.admin},
      {"scheduler", tokens_.scheduler},
      {"controller-manager", tokens_.controller_manager},
      {"kwok", tokens_.kwok}};
  for (const auto& [user, token] : users) {
    const auto text = kubeconfig_text(url(), ca_file(), user, token);
    if (auto done = write_private(layout_.kubeconfig(user), text); !done) return done;
  }
  return {};
}

Result<> Cluster::launch(const ClusterOptions& options) {
  if (auto done = add(etcd(layout_)); !done) return done;
  const bool audited = !options.audit_policy.empty();
  auto flags = options.api_server;
  // Without a controller manager nobody makes the service accounts that this plugin asks for.
  if (!options.controller_manager) flags.emplace_back("--disable-admission-plugins=ServiceAccount");
  if (auto done = add(api_server(layout_, audited, flags)); !done) return done;
  if (options.controller_manager) {
    auto port = Port::reserve();
    if (!port) return port.error();
    const auto program = controller_manager(layout_, *port);
    ports_.push_back(std::move(*port));
    if (auto done = add(program); !done) return done;
  }
  if (options.scheduler) {
    if (auto done = start_scheduler("kube-scheduler", kPlainScheduler); !done) return done;
  }
  auto nodes = kwok(layout_);
  if (!nodes) return nodes.error();
  if (auto done = add(std::move(*nodes)); !done) return done;
  if (options.nodes == 0) return {};
  if (auto done = add_nodes(node_names(options.nodes)); !done) return done;
  return await_nodes();
}

Result<> Cluster::add(Program program) {
  const std::string name = program.name;
  members_.push_back(std::make_unique<Member>(Member{.program = std::move(program)}));
  return start(name);
}

Result<> Cluster::start(const std::string& name) {
  auto member = require(name);
  if (!member) return member.error();
  if ((*member)->running()) return invalid(name + " runs already");
  const Program& program = (*member)->program;
  auto process = demo::Process::start({.program = program.path,
                                       .arguments = program.arguments,
                                       .log = folder() + "/" + name + ".log",
                                       .death_signal = SIGKILL});
  if (!process) return process.error();
  (*member)->process.emplace(std::move(*process));
  return await_ready(**member);
}

Result<> Cluster::await_ready(Member& member) {
  if (member.program.ready_url.empty()) return {};
  bool ready = false;
  const bool decided = eventually(
      kReadyPatience, [&] { return (ready = answers_ready(member.program)) || !member.running(); },
      kAskAgain);
  if (ready) return {};
  return invalid(member.program.name + (decided ? " has ended. " : " is not ready. ") +
                 member.process->last_words());
}

Cluster::Member* Cluster::find(const std::string& name) {
  const auto found =
      std::ranges::find_if(members_, [&](const auto& m) { return m->program.name == name; });
  return found == members_.end() ? nullptr : found->get();
}

Result<Cluster::Member*> Cluster::require(const std::string& name) {
  Member* member = find(name);
  if (member == nullptr) return invalid("no program '" + name + "' in this cluster");
  return member;
}

pid_t Cluster::pid(const std::string& name) {
  Member* member = find(name);
  return member != nullptr && member->running() ? member->process->pid() : -1;
}

Result<> Cluster::signal(const std::string& name, int number) {
  auto member = require(name);
  if (!member) return member.error();
  if (!(*member)->running()) return invalid(name + " does not run");
  (*member)->process->signal(number);
  return {};
}

Result<> Cluster::stop(const std::string& name) {
  auto member = require(name);
  if (!member) return member.error();
  if ((*member)->process) {
    (*member)->process->signal(SIGCONT);
    (*member)->process->stop();
  }
  return {};
}

Result<> Cluster::all_running() {
  for (const auto& member : members_)
    if (!member->running())
      return invalid(member->program.name + " has ended. " + last_words(member->program.name));
  return {};
}

std::string Cluster::last_words(const std::string& name) {
  Member* member = find(name);
  return member == nullptr || !member->process ? std::string() : member->process->last_words();
}

Result<> Cluster::start_scheduler(const std::string& name, const std::string& config,
                                  const std::vector<std::string>& flags) {
  if (find(name) != nullptr) return invalid("there is a program '" + name + "' already");
  const auto text = connect_scheduler(config, layout_.kubeconfig("scheduler"));
  if (!text) return text.error();
  const std::string file = folder() + "/" + name + ".yaml";
  if (auto done = write_private(file, *text); !done) return done;
  auto port = Port::reserve();
  if (!port) return port.error();
  auto program = scheduler(layout_, *port, name, file);
  program.arguments.insert(program.arguments.end(), flags.begin(), flags.end());
  ports_.push_back(std::move(*port));
  return add(std::move(program));
}

}  // namespace kernwise::test
