// SPDX-License-Identifier: Apache-2.0
#include "cli/command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/verbs.hpp"
#include "common/base/version.hpp"

namespace kernwise::cli {
namespace {

constexpr int kDone = 0, kFailed = 1, kMisused = 2;

/// What the command line said.
struct Request {
  std::string server = "http://127.0.0.1:8080";
  std::string format = "table";
  std::string kind, name, file, shell = "bash";
  Replay replay;
  DoctorScheduler doctor;
};

void add_doctor(CLI::App& app, DoctorScheduler& asked) {
  auto* doctor = app.add_subcommand("doctor", "Looks for what is set up wrongly");
  doctor->require_subcommand(1);
  auto* scheduler = doctor->add_subcommand("scheduler", "Between kube-scheduler and orchestrator");
  scheduler->add_option("--config", asked.config, "the scheduler's KubeSchedulerConfiguration")
      ->required();
  scheduler->add_option("--prefix", asked.prefix, "the orchestrator's scheduler.prefix");
  scheduler->add_option("--kubeconfig", asked.kubeconfig, "looks at that cluster, too");
  scheduler->add_option("--context", asked.context, "of the kubeconfig");
}

void add_verbs(CLI::App& app, Request& request) {
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--server", request.server,
                 "URL of the orchestrator's API; environment KERNWISE_SERVER")
      ->capture_default_str();
  app.add_option("-o,--output", request.format, "table, or the API's own json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  for (const char* verb : {"explain", "why"}) {
    auto* explain = app.add_subcommand(
        verb, "Why a pod, node or workload is seen, placed and scaled like that");
    explain->add_option("kind", request.kind)
        ->required()
        ->check(CLI::IsMember({"pod", "node", "workload"}));
    explain->add_option("name", request.name, "NAMESPACE/POD, NODE or NAMESPACE/KIND/NAME")
        ->required();
  }
  app.add_subcommand("whatif", "Where a pod would go now; nothing is committed")
      ->add_option("-f,--file", request.file, "YAML of a Pod or of a workload")
      ->required();
  auto* replay = app.add_subcommand("replay", "Work the last answers to the scheduler out again");
  replay->add_option("--weights", request.replay.weights,
                     "other parameters: interference=0.5,worst=0.25,shape=pack");
  replay->add_option("--limit", request.replay.limit)->check(CLI::Range(1, 1024));
  replay->add_option("--save", request.replay.save, "keep what they were made of in a file");
  replay->add_option("--file", request.replay.file, "read a kept file instead of asking");
  app.add_subcommand("top", "What every node, pod or workload does")
      ->add_option("kind", request.kind)
      ->required()
      ->check(CLI::IsMember({"nodes", "pods", "workloads"}));
  app.add_subcommand("decisions", "The newest scaling decision about each workload");
  add_doctor(app, request.doctor);
  app.add_subcommand("version", "The version of this program");
  app.add_subcommand("completion", "A script that completes these words in a shell")
      ->add_option("shell", request.shell)
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

Result<> perform(const std::string& verb, const Request& request, std::ostream& out) {
  if (verb == "version") {
    out << "kernwise " << version() << "\n";
    return {};
  }
  if (verb == "completion") {
    out << completion(request.shell);
    return {};
  }
  if (verb == "doctor") return doctor_scheduler(request.doctor, {out, request.format == "json"});
  auto url = http::parse_url(request.server);
  if (!url) return wrap(url.error(), "server");
  if (url->scheme != "http") return invalid("server: only http:// for now");
  const Server server(*std::move(url));
  const Output output{out, request.format == "json"};
  if (verb == "explain" || verb == "why") {
    return explain(server, request.kind, request.name, output);
  }
  if (verb == "whatif") return what_if(server, request.file, output);
  if (verb == "replay") return replay(server, request.replay, output);
  if (verb == "top") return top(server, request.kind, output);
  return decisions(server, output);
}

}  // namespace

int run(const std::vector<std::string>& arguments, const options::Environment& environment,
        std::ostream& out, std::ostream& err) {
  CLI::App app("Asks kernwise-orchestrator what it sees and why it decides.", "kernwise");
  Request request;
  const auto said = environment.find("KERNWISE_SERVER");
  if (said != environment.end() && !said->second.empty()) request.server = said->second;
  add_verbs(app, request);
  try {
    // The parser takes them from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem, out, err) == 0 ? kDone : kMisused;
  }
  const auto done = perform(app.get_subcommands().front()->get_name(), request, out);
  if (done) return kDone;
  err << "kernwise: " << done.error().message() << "\n";
  return kFailed;
}

}  // namespace kernwise::cli
